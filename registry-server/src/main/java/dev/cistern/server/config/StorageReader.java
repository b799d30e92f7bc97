package dev.cistern.server.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads {@code storage}: one driver, known by its name, beside the keys that are no drivers. */
final class StorageReader {

  /** Drivers that Distribution has; those that cannot be loaded are refused by name. */
  private static final List<String> DISTRIBUTION_DRIVERS =
      List.of("filesystem", "inmemory", "s3", "s3aws", "gcs", "azure", "swift", "oss");

  /** Keys of Distribution's beside the driver, and why they do nothing here. */
  private static final Map<String, String> NO_DRIVERS =
      Map.of(
          "cache", "a cache of descriptors is not needed",
          "delete", "a pull-through cache refuses deletes from clients",
          "maintenance", "a pull-through cache has no uploads to purge and takes no pushes",
          "redirect", "content is always sent by this server itself",
          "tag", "tags are not looked up in bulk");

  private final Map<String, Set<String>> drivers;

  /**
   * @param drivers the drivers that can be loaded, by name, with the keys that each takes
   */
  StorageReader(Map<String, Set<String>> drivers) {
    this.drivers = new TreeMap<>(drivers);
  }

  StorageConfig read(Section top) {
    Optional<Node> node = top.node("storage");
    Optional<StorageConfig> storage = top.section("storage", this::section);
    if (storage.isEmpty() && node.isPresent() && namesNone(node.get())) {
      top.error("storage", "must name a driver: " + String.join(" or ", drivers.keySet()));
    }
    return storage.orElse(StorageConfig.DEFAULT);
  }

  private Optional<StorageConfig> section(Section storage) {
    NO_DRIVERS.forEach(storage::ignored);
    Set<String> named = new TreeSet<>();
    for (String driver : DISTRIBUTION_DRIVERS) {
      if (storage.keys().contains(driver) && !drivers.containsKey(driver)) {
        storage.entry(driver);
        storage.error(driver, missing(driver));
        named.add(driver);
      }
    }
    for (String driver : drivers.keySet()) {
      if (storage.entry(driver).isPresent()) {
        named.add(driver);
      }
    }
    if (named.size() > 1) {
      named.forEach(
          driver ->
              storage.error(
                  driver, "storage must name one driver, and names " + String.join(", ", named)));
    }
    return named.stream()
        .filter(drivers::containsKey)
        .findFirst()
        .map(
            driver ->
                withDefaults(
                    driver, storage.section(driver, section -> parameters(driver, section))));
  }

  private Map<String, String> parameters(String driver, Section section) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String key : new TreeSet<>(drivers.getOrDefault(driver, Set.of()))) {
      section.optional(key, ValueParser.TEXT).ifPresent(value -> parameters.put(key, value));
    }
    return parameters;
  }

  /** Whether a section of the file holds nothing that was meant as a driver. */
  private static boolean namesNone(Node node) {
    return node.origin() instanceof Origin.InFile
        && node instanceof Node.Mapping mapping
        && NO_DRIVERS.keySet().containsAll(mapping.entries().keySet());
  }

  private String missing(String driver) {
    return "there is no storage driver '"
        + driver
        + "' here, only "
        + String.join(", ", drivers.keySet());
  }

  private static StorageConfig withDefaults(String driver, Map<String, String> parameters) {
    Map<String, String> all = new LinkedHashMap<>(parameters);
    if (driver.equals(StorageConfig.FILESYSTEM)) {
      all.putIfAbsent(StorageConfig.ROOT_DIRECTORY, StorageConfig.DEFAULT_ROOT_DIRECTORY);
    }
    return new StorageConfig(driver, all);
  }
}
