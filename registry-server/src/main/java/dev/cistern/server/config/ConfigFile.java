package dev.cistern.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads the text of a configuration file. */
final class ConfigFile {

  static final int MAX_BYTES = 1 << 20;

  private ConfigFile() {}

  /**
   * The text of the file, without a byte order mark.
   *
   * @throws ConfigException if the file does not exist, is not readable, is too large or is not
   *     text
   */
  static String read(Path file) throws ConfigException {
    if (file.toString().isEmpty()) {
      throw new ConfigException(List.of("the name of the file is empty"));
    }
    if (Files.isDirectory(file)) {
      throw problem(file, "is a directory; name the file in it");
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw problem(file, "the file does not exist");
    } catch (AccessDeniedException e) {
      throw problem(file, "no permission to read the file; give this user read access");
    } catch (FileSystemException e) {
      throw problem(file, "cannot read the file: " + e.getReason());
    } catch (IOException e) {
      throw problem(file, "cannot read the file: " + e.getMessage());
    }
    if (bytes.length > MAX_BYTES) {
      throw problem(file, "is larger than 1 MiB, so it is not a configuration file");
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
