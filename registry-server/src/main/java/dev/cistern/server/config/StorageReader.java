package dev.cistern.server.config;

import dev.cistern.storage.DriverParameterException;
import dev.cistern.storage.DriverParameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads {@code storage}: the name of one driver, and keys that are not drivers. */
final class StorageReader {

  /** Drivers of Distribution. If one is not installed, the message says so. */
  private static final List<String> DISTRIBUTION_DRIVERS =
      List.of("filesystem", "inmemory", "s3", "s3aws", "gcs", "azure", "swift", "oss");

  /** Keys of Distribution that are not drivers, and why they have no effect. */
  private static final Map<String, String> NO_DRIVERS =
      Map.of(
          "cache", "Cistern needs no cache of blob descriptors",
          "delete", "a pull-through cache takes no deletes",
          "maintenance", "a pull-through cache has no uploads to purge",
          "redirect", "set proxy.local.redirect to send clients to the storage",
          "tag", "Cistern does not look tags up in bulk");

  private final Map<String, Set<String>> drivers;
  private final ConfigLoader.DriverCheck check;

  /**
   * @param drivers the names of the installed drivers, with the parameters of each
   * @param check of the parameters' values
   */
  StorageReader(Map<String, Set<String>> drivers, ConfigLoader.DriverCheck check) {
    this.drivers = new TreeMap<>(drivers);
    this.check = check;
  }

  StorageConfig read(Section top) {
    Optional<Node> node = top.node("storage");
    Optional<StorageConfig> storage = top.section("storage", this::section);
    if (storage.isEmpty() && node.isPresent() && namesNone(node.get())) {
      top.error("storage", "must name a storage driver: " + String.join(" or ", drivers.keySet()));
    }
    return storage.orElse(StorageConfig.DEFAULT);
  }

  private Optional<StorageConfig> section(Section storage) {
    NO_DRIVERS.forEach(storage::ignored);
    Set<String> named = new TreeSet<>();
    for (String key : storage.keys()) {
      if (isUninstalled(storage, key)) {
        storage.entry(key);
        storage.error(key, missing(key));
        named.add(key);
      }
    }
    for (String driver : drivers.keySet()) {
      if (storage.entry(driver).isPresent()) {
        named.add(driver);
      }
    }
    if (named.isEmpty() && drivers.containsKey(StorageConfig.FILESYSTEM)) {
      // The default, which has parameters too.
      Map<String, String> unused =
          storage.section(
              StorageConfig.FILESYSTEM, section -> parameters(StorageConfig.FILESYSTEM, section));
    }
    if (named.size() > 1) {
      named.forEach(
          driver ->
              storage.error(
                  driver,
                  "use only one storage driver; the configuration sets "
                      + String.join(", ", named)));
    }
    return named.stream()
        .filter(drivers::containsKey)
        .findFirst()
        .map(
            driver ->
                withDefaults(driver, storage.section(driver, section -> checked(driver, section))));
  }

  /**
   * Whether the key names a driver that is not there. A section that resembles no installed driver
   * is one, too: a custom driver whose jar is missing.
   */
  private boolean isUninstalled(Section storage, String key) {
    if (drivers.containsKey(key) || NO_DRIVERS.containsKey(key)) {
      return false;
    }
    if (DISTRIBUTION_DRIVERS.contains(key)) {
      return true;
    }
    return storage.hasSection(key)
        && drivers.keySet().stream().noneMatch(driver -> NearestKey.isTypo(key, driver));
  }

  private Map<String, String> checked(String driver, Section section) {
    Map<String, String> parameters = parameters(driver, section);
    try {
      check.check(driver, DriverParameters.of(driver, parameters));
    } catch (DriverParameterException e) {
      section.error(e.parameter(), e.problem());
    }
    return parameters;
  }

  private Map<String, String> parameters(String driver, Section section) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String key : new TreeSet<>(drivers.getOrDefault(driver, Set.of()))) {
      if (key.equals(StorageConfig.ROOT_DIRECTORY) && driver.equals(StorageConfig.FILESYSTEM)) {
        parameters.put(
            key, section.value(key, StorageConfig.DEFAULT_ROOT_DIRECTORY, ValueParser.TEXT));
      } else {
        section.optional(key, ValueParser.TEXT).ifPresent(value -> parameters.put(key, value));
      }
    }
    return parameters;
  }

  /** Whether the file has the section, and no key in it that can be a driver. */
  private static boolean namesNone(Node node) {
    return node.origin() instanceof Origin.InFile
        && node instanceof Node.Mapping mapping
        && NO_DRIVERS.keySet().containsAll(mapping.entries().keySet());
  }

  private String missing(String driver) {
    return "the storage driver '"
        + driver
        + "' is not installed; the installed drivers are: "
        + String.join(", ", drivers.keySet())
        + ". Use one of them, or put the jar of the driver into the directory that --driver-path"
        + " names";
  }

  private static StorageConfig withDefaults(String driver, Map<String, String> parameters) {
    Map<String, String> all = new LinkedHashMap<>(parameters);
    if (driver.equals(StorageConfig.FILESYSTEM)) {
      all.putIfAbsent(StorageConfig.ROOT_DIRECTORY, StorageConfig.DEFAULT_ROOT_DIRECTORY);
    }
    return new StorageConfig(driver, all);
  }
}
