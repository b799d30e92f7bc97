package dev.cistern.server;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.PullThroughCacheBuilder;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.server.cli.CacheRunner;
import dev.cistern.server.cli.StartupException;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.UnusableConfigException;
import dev.cistern.server.http.LoopCheck;
import dev.cistern.storage.DriverParameterException;
import java.io.IOException;
import java.util.Map;

/** The cache of a configuration, in the process of a command and without a server. */
public final class CommandCache {

  private CommandCache() {}

  /** As {@link CacheRunner#run}; no signal interrupts the work. */
  public static void run(
      ServerConfig config,
      Map<String, String> environment,
      CacheListener listener,
      CacheRunner.Work work)
      throws StartupException, IOException, InterruptedException {
    try (PullThroughCache cache = open(config, environment, listener)) {
      work.run(cache);
    }
  }

  private static PullThroughCache open(
      ServerConfig config, Map<String, String> environment, CacheListener listener)
      throws StartupException {
    // Nothing is asked for twice, so nothing is kept in memory.
    PullThroughCacheBuilder builder = ConfiguredCache.builder(config).listener(listener).memory(0);
    try {
      new ConfiguredUpstreams(environment, LoopCheck.newName()).applyTo(builder, config.proxy());
      return ConfiguredCache.build(builder.storage(ConfiguredCache.open(config)));
    } catch (UnusableConfigException | DriverParameterException e) {
      throw StartupException.unusable(e);
    } catch (IOException e) {
      throw StartupException.failed(e);
    }
  }
}
