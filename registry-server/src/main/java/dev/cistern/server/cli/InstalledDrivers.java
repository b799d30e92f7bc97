package dev.cistern.server.cli;

import dev.cistern.storage.StorageDriverFactory;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;

/**
 * The storage drivers on the class path and in the directory of drivers, see {@link DriverPath}.
 */
public final class InstalledDrivers {

  private InstalledDrivers() {}

  /** Their names, each with its parameters. */
  public static Map<String, Set<String>> keys() {
    Map<String, Set<String>> keys = new TreeMap<>();
    for (StorageDriverFactory factory : ServiceLoader.load(StorageDriverFactory.class)) {
      keys.put(factory.name(), factory.parameters());
    }
    return keys;
  }
}
