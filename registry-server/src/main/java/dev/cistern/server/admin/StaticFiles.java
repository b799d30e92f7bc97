package dev.cistern.server.admin;

import dev.cistern.server.admin.AdminHandler.Endpoint;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of the page, from the jar. */
final class StaticFiles {

  private StaticFiles() {}

  static void addTo(Map<String, Endpoint> pages) {
    add(pages, "style.css", "text/css; charset=utf-8");
    add(pages, "page.js", "text/javascript; charset=utf-8");
    add(pages, "icon.svg", "image/svg+xml");
  }

  private static void add(Map<String, Endpoint> pages, String name, String type) {
    Answer file = new Answer(StatusCodes.OK, type, ByteBuffer.wrap(read(name)), Map.of());
    pages.put("/admin/" + name, request -> file);
  }

  private static byte[] read(String name) {
    try (@Nullable InputStream file = StaticFiles.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException("not in the jar: " + name);
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
