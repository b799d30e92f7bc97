package dev.cistern.server.config;

import dev.cistern.proxy.LocalTier;
import java.nio.file.Path;
import java.util.Map;
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

  /**
   * Where systemd lets the service write, by {@code StateDirectory=}; several have colons between.
   */
  private static final String STATE_DIRECTORY = "STATE_DIRECTORY";

  static LocalConfig read(Section proxy, Map<String, String> environment) {
    return proxy.section(
        "local",
        local ->
            new LocalConfig(
                local.path("rootdirectory").orElseGet(() -> defaultDirectory(environment)),
                local
                    .optional("maxsize", ValueParser.SIZE)
                    .filter(size -> size > 0)
                    .orElse(DEFAULT.maxSize()),
                local.optional("redirect", ValueParser.FLAG).orElse(DEFAULT.redirect()),
                local.optional("redirectfrom", ValueParser.SIZE).orElse(DEFAULT.redirectFrom())));
  }

  /** The working directory of a service is often the root, in which it cannot write. */
  private static Path defaultDirectory(Map<String, String> environment) {
    String state = environment.getOrDefault(STATE_DIRECTORY, "").split(":", -1)[0];
    return state.startsWith("/") ? Path.of(state, "local") : DEFAULT.rootDirectory();
  }

  /** As the cache takes it. */
  public LocalTier tier() {
    return new LocalTier(
        rootDirectory, maxSize, redirect ? OptionalLong.of(redirectFrom) : OptionalLong.empty());
  }
}
