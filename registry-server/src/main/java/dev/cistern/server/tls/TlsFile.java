package dev.cistern.server.tls;

import dev.cistern.api.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A configured file, with the sentence that every complaint about it begins with.
 *
 * @param configKey such as {@code http.tls.key}
 * @param path as configured
 */
record TlsFile(String configKey, Path path) {

  /** Certificates and keys take a few kilobytes. What is larger is some other file. */
  private static final int MAX_BYTES = 1 << 20;

  /** The text of the file, its bytes taken for characters: what counts in PEM is ASCII. */
  String text() throws IOException {
    byte[] content = content();
    if (content.length == 0) {
      throw unusable("is empty; put the PEM text into it or name another file");
    }
    if (content.length > MAX_BYTES) {
      throw unusable("is larger than 1 MiB, so not a PEM file; name the right one");
    }
    return new String(content, StandardCharsets.ISO_8859_1);
  }

  private byte[] content() throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      if (attributes.isDirectory()) {
        throw unusable("is a directory; name the file in it");
      }
      if (!attributes.isRegularFile()) {
        throw unusable("is not a regular file; name one, as it is read again when it changes");
      }
      try (InputStream in = Files.newInputStream(path)) {
        return in.readNBytes(MAX_BYTES + 1);
      }
    } catch (NoSuchFileException e) {
      throw unusable("does not exist; name the PEM file there, or leave out " + configKey);
    } catch (AccessDeniedException e) {
      throw unusable(
          "may not be read; give the user that runs the server read access to it and to its"
              + " directories");
    } catch (FileSystemException e) {
      throw unusable(
          "cannot be read (" + e.getReason() + "); name a file that can be, or repair this one");
    }
  }

  /**
   * The exception for this file.
   *
   * @param complaint what is wrong, and after a semicolon what to do
   */
  IOException unusable(String complaint) {
    return new IOException(Printable.escaped(configKey + ": " + this + " " + complaint));
  }

  /** The path, absolute, so that it is clear where a relative one was looked for. */
  @Override
  public String toString() {
    return path.toAbsolutePath().toString();
  }
}
