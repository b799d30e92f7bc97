package dev.cistern.storage;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A driver that can take over a complete local file without copying its bytes. A fetch writes its
 * file in {@link #spoolDirectory} and passes it to the driver after it has been verified.
 */
public interface SupportsAdoption {

  /**
   * An existing directory from which files are adopted without a copy. The files in it belong to
   * the caller and are not objects.
   */
  Path spoolDirectory();

  /**
   * Makes the file the object with this key and replaces an existing one. This is as atomic and
   * durable as {@link StorageDriver#put}; the driver also forces the file's bytes to disk. The
   * writer has closed the file, and its old path no longer exists afterwards. Files outside of the
   * spool directory are adopted too, with a copy if necessary.
   *
   * @throws IOException if this fails; then the file is still at its old path and belongs to the
   *     caller, and the key is as it was
   */
  void adopt(Path file, String key) throws IOException;
}
