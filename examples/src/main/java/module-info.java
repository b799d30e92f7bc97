import dev.cistern.examples.striped.StripedDriverFactory;
import dev.cistern.storage.StorageDriverFactory;

/**
 * The examples as a module, which is not needed on the class path: what a program requires to embed
 * the cache, and how a module provides a storage driver.
 *
 * @provides StorageDriverFactory for the driver {@code striped}
 */
module dev.cistern.examples {
  requires dev.cistern.proxy;
  requires tools.jackson.core;
  requires tools.jackson.databind;
  requires static org.jspecify;

  provides StorageDriverFactory with
      StripedDriverFactory;
}
