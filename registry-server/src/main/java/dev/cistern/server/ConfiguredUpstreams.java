package dev.cistern.server;

import dev.cistern.proxy.PullThroughCacheBuilder;
import dev.cistern.proxy.UpstreamOptions;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.RegistryConfig;
import dev.cistern.server.config.UnlistedConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The upstreams of the configuration that is in use. After a change of the configuration, those
 * that are configured as before stay the same objects, so that the cache goes on using them as they
 * are. For one thread at a time.
 */
final class ConfiguredUpstreams {

  /** A name to try the settings for all upstreams that are not listed. */
  private static final String EXAMPLE = "registry.example.com";

  // In no map: the hash code of a record would take a twentieth of the start, to link it.
  private record Applied(RegistryConfig registry, UpstreamOptions options) {}

  private final Map<String, String> environment;
  private final String via;
  private List<Applied> current = List.of();
  private @Nullable UnlistedConfig currentUnlisted;
  private Function<String, Optional<UpstreamOptions>> unlisted = component -> Optional.empty();

  /**
   * @param environment the variables of the process, which may name an HTTP proxy
   * @param via the name of this server in its requests
   */
  ConfiguredUpstreams(Map<String, String> environment, String via) {
    this.environment = environment;
    this.via = via;
  }

  /**
   * Tells a cache its upstreams. Reads the files that the configuration names.
   *
   * @throws IOException if a file is wrong; the message is for the operator, and the upstreams in
   *     use are the same as before
   */
  void applyTo(PullThroughCacheBuilder cache, ProxyConfig proxy) throws IOException {
    List<Applied> next = new ArrayList<>();
    UpstreamOptions main = options(proxy.main(), "proxy");
    next.add(new Applied(proxy.main(), main));
    cache.upstream(main);
    for (RegistryConfig other : proxy.others()) {
      UpstreamOptions options = options(other, "proxy.upstreams");
      next.add(new Applied(other, options));
      cache.upstream(other.component(), options);
    }
    @Nullable UnlistedConfig nextUnlisted = proxy.unlisted().orElse(null);
    if (nextUnlisted != null && !nextUnlisted.equals(currentUnlisted)) {
      // Finds wrong files now, and not when a client comes.
      UpstreamOptions unused = unlistedOptions(nextUnlisted, EXAMPLE);
      unlisted =
          component ->
              nextUnlisted.allows(component)
                  ? Optional.of(laterOptions(nextUnlisted, component))
                  : Optional.empty();
    } else if (nextUnlisted == null) {
      unlisted = component -> Optional.empty();
    }
    cache.unlistedUpstreams(unlisted);
    current = List.copyOf(next);
    currentUnlisted = nextUnlisted;
  }

  private UpstreamOptions options(RegistryConfig registry, String section) throws IOException {
    for (Applied applied : current) {
      if (applied.registry().equals(registry)) {
        return applied.options();
      }
    }
    return new UpstreamWiring(registry, section, environment, via).options();
  }

  private UpstreamOptions laterOptions(UnlistedConfig config, String name) {
    try {
      return unlistedOptions(config, name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private UpstreamOptions unlistedOptions(UnlistedConfig config, String name) throws IOException {
    return new UpstreamWiring(config.upstream(name), "proxy.upstreams", environment, via)
        .publicOptions();
  }
}
