package dev.cistern.storage;

import java.io.IOException;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The drivers that are on the class path, by name. */
public final class StorageDrivers {

  private StorageDrivers() {}

  /** The names of all drivers here. */
  public static SortedSet<String> names() {
    return new TreeSet<>(factories().keySet());
  }

  /**
   * Opens a driver by its name.
   *
   * @throws IllegalArgumentException when there is no driver of that name; the message lists those
   *     that there are
   * @throws DriverParameterException when a parameter is unknown to the driver, missing, or makes
   *     no sense
   * @throws IOException when the back-end cannot be used as it is configured
   */
  public static StorageDriver create(String name, DriverParameters parameters) throws IOException {
    return factory(name, parameters).create(parameters);
  }

  /**
   * Opens a driver by its name over a back-end that is there already, and makes none.
   *
   * @throws IllegalArgumentException as {@link #create} does
   * @throws DriverParameterException as {@link #create} does
   * @throws IOException when there is no such back-end, or it cannot be used as it is configured
   */
  public static StorageDriver openExisting(String name, DriverParameters parameters)
      throws IOException {
    return factory(name, parameters).openExisting(parameters);
  }

  private static StorageDriverFactory factory(String name, DriverParameters parameters) {
    SortedMap<String, StorageDriverFactory> factories = factories();
    StorageDriverFactory factory = factories.get(name);
    if (factory == null) {
      throw new IllegalArgumentException(
          "no storage driver is called \""
              + name
              + "\"; there are: "
              + String.join(", ", factories.keySet()));
    }
    parameters.requireKnown(factory.parameters());
    return factory;
  }

  private static SortedMap<String, StorageDriverFactory> factories() {
    SortedMap<String, StorageDriverFactory> factories = new TreeMap<>();
    for (StorageDriverFactory factory :
        ServiceLoader.load(StorageDriverFactory.class, classLoader())) {
      StorageDriverFactory other = factories.putIfAbsent(factory.name(), factory);
      if (other != null) {
        throw new IllegalStateException(
            "two storage drivers are called \""
                + factory.name()
                + "\": "
                + other.getClass().getName()
                + " and "
                + factory.getClass().getName());
      }
    }
    return factories;
  }

  /**
   * The one that sees this library's own drivers, and in a container, where they differ, the
   * embedder's.
   */
  private static ClassLoader classLoader() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null ? StorageDrivers.class.getClassLoader() : context;
  }
}
