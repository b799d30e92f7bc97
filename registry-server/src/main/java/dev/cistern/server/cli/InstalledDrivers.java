package dev.cistern.server.cli;

import dev.cistern.storage.StorageDriverFactory;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;

/** The storage drivers on the class path, as a configuration knows them. */
public final class InstalledDrivers {

  private InstalledDrivers() {}

  /** Their names, each with the keys that may stand below it. */
  public static Map<String, Set<String>> keys() {
    Map<String, Set<String>> keys = new TreeMap<>();
    for (StorageDriverFactory factory : ServiceLoader.load(StorageDriverFactory.class)) {
      keys.put(factory.name(), factory.parameters());
    }
    return keys;
  }
}
