package dev.cistern.server;

import dev.cistern.api.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks who can read a file that contains a secret. */
final class SecretFile {

  private static final Logger log = LoggerFactory.getLogger(SecretFile.class);

  private SecretFile() {}

  /**
   * Warns if every user of the machine can read the file. Devices such as /dev/null keep nothing,
   * and pipes are read once. A file that cannot be looked at is reported by the one who reads it.
   *
   * @param key the key in the configuration that names the file
   */
  static void warnIfReadableByAll(String key, Path file) {
    try {
      if (Files.isRegularFile(file)
          && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
        log.warn(
            "{}: every user of this machine can read {}; run: chmod o-rwx {}",
            key,
            Printable.escaped(file.toString()),
            Printable.escaped(file.toString()));
      }
    } catch (IOException | UnsupportedOperationException e) {
      log.debug("{}: the permissions of {} are unknown", key, file, e);
    }
  }
}
