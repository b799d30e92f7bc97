package dev.cistern.server.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@code storage} section.
 *
 * @param driver the name of the one driver
 * @param parameters what stands under {@code storage.<driver>}, as it is written; may hold secrets,
 *     so {@code toString} shows the keys alone
 */
public record StorageConfig(String driver, Map<String, String> parameters) {

  static final String FILESYSTEM = "filesystem";
  static final String ROOT_DIRECTORY = "rootdirectory";
  static final String DEFAULT_ROOT_DIRECTORY = "cistern-data";

  public static final StorageConfig DEFAULT =
      new StorageConfig(FILESYSTEM, Map.of(ROOT_DIRECTORY, DEFAULT_ROOT_DIRECTORY));

  public StorageConfig {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  @Override
  public String toString() {
    return "StorageConfig[driver=" + driver + ", parameters=" + parameters.keySet() + "]";
  }
}
