package dev.cistern.server.config;

import java.util.List;

/**
 * A valid configuration.
 *
 * @param config the values
 * @param warnings warnings for the operator, each one line that names the place and the key
 */
public record LoadedConfig(ServerConfig config, List<String> warnings) {
  public LoadedConfig {
    warnings = List.copyOf(warnings);
  }
}
