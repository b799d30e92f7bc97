package dev.cistern.storage;

import dev.cistern.api.Printable;
import java.io.IOException;
import java.util.HashSet;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Opens drivers by name: those of this module and of every other jar that provides a {@link
 * StorageDriverFactory}.
 */
public final class StorageDrivers {

  private StorageDrivers() {}

  /** The names of all drivers that were found. */
  public static SortedSet<String> names() {
    return new TreeSet<>(factories().keySet());
  }

  /**
   * Checks the parameters of a driver without opening it.
   *
   * @throws IllegalArgumentException if there is no driver of that name
   * @throws DriverParameterException if a parameter is unknown, missing or invalid
   */
  public static void check(String name, DriverParameters parameters) {
    factory(name, parameters).check(parameters);
  }

  /**
   * The keys of the parameters that are no secrets, so that their values may be shown; empty if
   * there is no driver of that name.
   */
  public static Set<String> shownParameters(String name) {
    StorageDriverFactory factory = factories().get(name);
    if (factory == null) {
      return Set.of();
    }
    Set<String> shown = new HashSet<>(factory.parameters());
    shown.removeAll(factory.secretParameters());
    return shown;
  }

  /**
   * Opens a driver by its name.
   *
   * @throws IllegalArgumentException if there is no driver of that name; the message lists the
   *     drivers that exist
   * @throws DriverParameterException if a parameter is unknown, missing or invalid
   * @throws IOException if the back-end cannot be used with this configuration
   */
  public static StorageDriver create(String name, DriverParameters parameters) throws IOException {
    return factory(name, parameters).create(parameters);
  }

  /**
   * Opens a driver by its name for an existing back-end, and creates nothing.
   *
   * @throws IllegalArgumentException if there is no driver of that name
   * @throws DriverParameterException if a parameter is unknown, missing or invalid
   * @throws IOException if the back-end does not exist or cannot be used with this configuration
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
          "unknown storage driver "
              + Printable.quoted(name)
              + "; available drivers: "
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
            "two storage drivers have the name "
                + factory.name()
                + "; remove one of them: "
                + other.getClass().getName()
                + " and "
                + factory.getClass().getName());
      }
    }
    return factories;
  }

  /**
   * The application's class loader, which in a container finds drivers that this library's own
   * class loader does not.
   */
  private static ClassLoader classLoader() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null ? StorageDrivers.class.getClassLoader() : context;
  }
}
