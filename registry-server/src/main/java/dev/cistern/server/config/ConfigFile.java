package dev.cistern.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads the configuration's text. */
final class ConfigFile {

  static final int MAX_BYTES = 1 << 20;

  private ConfigFile() {}

  /**
   * The file's text, without a byte order mark.
   *
   * @throws ConfigException when there is no such file, or it is no text of bounded size
   */
  static String read(Path file) throws ConfigException {
    if (Files.isDirectory(file)) {
      throw problem(file, "is a directory, not a configuration file");
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw problem(file, "there is no such file");
    } catch (AccessDeniedException e) {
      throw problem(file, "may not be read by this user");
    } catch (IOException e) {
      throw problem(file, "cannot be read: " + e.getMessage());
    }
    if (bytes.length > MAX_BYTES) {
      throw problem(file, "is larger than " + MAX_BYTES + " bytes, and no configuration file");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw problem(file, "is not UTF-8 text");
    }
  }

  private static ConfigException problem(Path file, String message) {
    return new ConfigException(List.of(file + ": " + message));
  }
}
