package dev.cistern.server.tls;

import dev.cistern.api.Printable;
import dev.cistern.server.config.UnusableConfigException;
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
 * A configured file, and the start of every error message about it.
 *
 * @param configKey the key in the configuration, such as {@code http.tls.key}
 * @param path the path in the configuration
 */
record TlsFile(String configKey, Path path) {

  /** Certificates and keys have a few kilobytes. A larger file is another kind of file. */
  private static final int MAX_BYTES = 1 << 20;

  /** The text of the file, decoded as ISO 8859-1: PEM is ASCII. */
  String text() throws IOException {
    byte[] content = content();
    if (content.length == 0) {
      throw unusable("is empty; write the PEM text into it, or name another file");
    }
    if (content.length > MAX_BYTES) {
      throw unusable("is larger than 1 MiB, so it is not a PEM file; name another file");
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
        throw unusable("is not a regular file; name one, because the server reads it repeatedly");
      }
      try (InputStream in = Files.newInputStream(path)) {
        return in.readNBytes(MAX_BYTES + 1);
      }
    } catch (NoSuchFileException e) {
      throw unusable("does not exist; name an existing PEM file, or remove " + configKey);
    } catch (AccessDeniedException e) {
      throw unusable(
          "is not readable; give the user of the server read access to it and to its directories");
    } catch (FileSystemException e) {
      throw unusable("is not readable (" + e.getReason() + "); repair it, or name another file");
    }
  }

  /**
   * An exception about this file.
   *
   * @param complaint what is wrong, and after a semicolon what to do
   */
  IOException unusable(String complaint) {
    return new UnusableConfigException(
        Printable.escaped(configKey + ": " + this + " " + complaint));
  }

  /** The absolute path, so that the message shows what a relative path means. */
  @Override
  public String toString() {
    return path.toAbsolutePath().toString();
  }
}
