import dev.cistern.storage.StorageDriverFactory;
import dev.cistern.storage.filesystem.FilesystemDriverFactory;
import dev.cistern.storage.memory.MemoryDriverFactory;

/**
 * Storage: the driver SPI in {@link dev.cistern.storage}, two drivers, and in {@link
 * dev.cistern.storage.content} a registry's content with any driver.
 *
 * @uses StorageDriverFactory a module with a storage driver provides one
 * @provides StorageDriverFactory for the drivers {@code filesystem} and {@code inmemory}
 */
module dev.cistern.storage {
  requires transitive dev.cistern.api;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports dev.cistern.storage;
  exports dev.cistern.storage.content;
  exports dev.cistern.storage.filesystem;
  exports dev.cistern.storage.memory;

  uses StorageDriverFactory;

  provides StorageDriverFactory with
      FilesystemDriverFactory,
      MemoryDriverFactory;
}
