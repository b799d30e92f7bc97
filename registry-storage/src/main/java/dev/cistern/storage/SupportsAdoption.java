package dev.cistern.storage;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The power of a driver to take over a finished local file without copying its bytes. A fetch
 * writes its file below {@link #spoolDirectory} and hands it over when it has been verified.
 */
public interface SupportsAdoption {

  /**
   * An existing directory from which adopting a file costs no copy. What is in it is no object, and
   * is the caller's.
   */
  Path spoolDirectory();

  /**
   * Makes the file the object under the key, in place of one that may be there; atomic and durable
   * as {@link StorageDriver#put} is, the file's own bytes included. The file has been closed by its
   * writer and is gone from its old path afterwards. A file from elsewhere than the spool directory
   * is adopted too, at the price of a copy where need be.
   *
   * @throws IOException when that fails; the file is still the caller's then, at its old path, and
   *     the key as it was
   */
  void adopt(Path file, String key) throws IOException;
}
