package dev.cistern.server.config;

import dev.cistern.proxy.LocalTier;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * {@code proxy.local}: the local directory in front of a storage behind a network.
 *
 * @param rootDirectory the directory
 * @param maxSize how many bytes to keep in it
 * @param redirect whether clients get large blobs from the storage themselves
 * @param redirectFrom the size of the smallest such blob
 */
public record LocalConfig(Path rootDirectory, long maxSize, boolean redirect, long redirectFrom) {

  /** A client that is sent elsewhere makes one more connection: not for a little. */
  public static final LocalConfig DEFAULT =
      new LocalConfig(Path.of("cistern-local"), LocalTier.DEFAULT_MAX_SIZE, false, 8L << 20);

  static LocalConfig read(Section proxy) {
    return proxy.section(
        "local",
        local ->
            new LocalConfig(
                local.path("rootdirectory").orElse(DEFAULT.rootDirectory()),
                local
                    .optional("maxsize", ValueParser.SIZE)
                    .filter(size -> size > 0)
                    .orElse(DEFAULT.maxSize()),
                local.optional("redirect", ValueParser.FLAG).orElse(DEFAULT.redirect()),
                local.optional("redirectfrom", ValueParser.SIZE).orElse(DEFAULT.redirectFrom())));
  }

  /** As the cache takes it. */
  public LocalTier tier() {
    return new LocalTier(
        rootDirectory, maxSize, redirect ? OptionalLong.of(redirectFrom) : OptionalLong.empty());
  }
}
