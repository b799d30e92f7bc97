package dev.cistern.server.config;

import dev.cistern.proxy.LocalTier;
import java.nio.file.Path;

/**
 * {@code proxy.local}: the local directory in front of a storage behind a network.
 *
 * @param rootDirectory the directory
 * @param maxSize how many bytes to keep in it
 */
public record LocalConfig(Path rootDirectory, long maxSize) {

  public static final LocalConfig DEFAULT =
      new LocalConfig(Path.of("cistern-local"), LocalTier.DEFAULT_MAX_SIZE);

  static LocalConfig read(Section proxy) {
    return proxy.section(
        "local",
        local ->
            new LocalConfig(
                local.path("rootdirectory").orElse(DEFAULT.rootDirectory()),
                local
                    .optional("maxsize", ValueParser.SIZE)
                    .filter(size -> size > 0)
                    .orElse(DEFAULT.maxSize())));
  }
}
