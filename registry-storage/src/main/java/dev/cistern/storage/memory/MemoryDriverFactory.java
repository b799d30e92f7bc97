package dev.cistern.storage.memory;

import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDriverFactory;

/** Makes the driver for {@code storage: {inmemory: {}}}, which has no parameters. */
public final class MemoryDriverFactory implements StorageDriverFactory {

  /** For the service loader. */
  public MemoryDriverFactory() {}

  @Override
  public String name() {
    return "inmemory";
  }

  @Override
  public StorageDriver create(DriverParameters parameters) {
    return new MemoryDriver();
  }
}
