package dev.cistern.server.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A valid configuration.
 *
 * @param config the values
 * @param warnings warnings for the operator, each one line that names the place and the key
 * @param file where it was read from; empty without a file
 */
public record LoadedConfig(ServerConfig config, List<String> warnings, Optional<Path> file) {
  public LoadedConfig {
    warnings = List.copyOf(warnings);
  }

  /** The same, read from a file. */
  LoadedConfig from(Path source) {
    return new LoadedConfig(config, warnings, Optional.of(source));
  }
}
