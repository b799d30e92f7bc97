package dev.cistern.server.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@code storage} section.
 *
 * @param driver the name of the one driver
 * @param parameters the values under {@code storage.<driver>}, as they are written; they may be
 *     secrets, so {@code toString} shows only the keys
 */
public record StorageConfig(String driver, Map<String, String> parameters) {

  public static final String FILESYSTEM = "filesystem";
  public static final String ROOT_DIRECTORY = "rootdirectory";
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
