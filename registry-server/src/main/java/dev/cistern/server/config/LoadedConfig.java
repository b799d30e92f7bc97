package dev.cistern.server.config;

import java.util.List;

/**
 * A configuration that may be used.
 *
 * @param config what applies
 * @param warnings what the operator should hear of, each one line that names place and key
 */
public record LoadedConfig(ServerConfig config, List<String> warnings) {
  public LoadedConfig {
    warnings = List.copyOf(warnings);
  }
}
