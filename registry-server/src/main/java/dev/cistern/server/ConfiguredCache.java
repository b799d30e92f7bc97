package dev.cistern.server;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.PullThroughCacheBuilder;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDrivers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The cache that a configuration describes, apart from its upstreams and listeners. */
final class ConfiguredCache {

  private ConfiguredCache() {}

  /** What the cache of a new process has. */
  static PullThroughCacheBuilder builder(ServerConfig config) {
    PullThroughCacheBuilder cache = PullThroughCache.builder();
    bound(cache, config.proxy());
    cache.local(config.proxy().local().tier());
    return cache;
  }

  /** What of it a running cache can take up. */
  static void bound(PullThroughCacheBuilder cache, ProxyConfig proxy) {
    proxy.memory().ifPresent(cache::memory);
    cache.limits(proxy.limits());
  }

  /** The names of its listed upstreams, as events have them. */
  static Set<String> upstreamNames(ProxyConfig proxy) {
    return Stream.concat(Stream.of(proxy.main()), proxy.others().stream())
        .map(registry -> UpstreamConfig.builder(registry.remoteUrl().toString()).build().name())
        .collect(Collectors.toSet());
  }

  /** Its storage. */
  static StorageDriver open(ServerConfig config) throws IOException {
    String driver = config.storage().driver();
    return StorageDrivers.create(
        driver, DriverParameters.of(driver, config.storage().parameters()));
  }

  /**
   * Builds the cache.
   *
   * @throws IOException if its directories cannot be used
   */
  static PullThroughCache build(PullThroughCacheBuilder cache) throws IOException {
    try {
      return cache.build();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
