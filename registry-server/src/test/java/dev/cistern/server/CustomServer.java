package dev.cistern.server;

import dev.cistern.proxy.PullThroughCacheBuilder;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.ServerConfig;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Starts servers whose caches are set up as no configuration could say, for tests elsewhere. */
public final class CustomServer {

  private CustomServer() {}

  /** Starts a server on a port of the loopback that the system chooses. */
  public static RegistryServer start(
      String remoteUrl,
      Map<String, String> settings,
      UnaryOperator<PullThroughCacheBuilder> customization)
      throws IOException {
    return RegistryServer.start(config(remoteUrl, settings), Map.of(), customization);
  }

  private static ServerConfig config(String remoteUrl, Map<String, String> settings) {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("REGISTRY_HTTP_ADDR", "127.0.0.1:0");
    environment.put("REGISTRY_HTTP_DRAINTIMEOUT", "0s");
    environment.put("REGISTRY_LOG_ACCESSLOG_DISABLED", "true");
    environment.put("REGISTRY_PROXY_REMOTEURL", remoteUrl);
    environment.putIfAbsent("REGISTRY_STORAGE", "inmemory");
    try {
      return new ConfigLoader(
              Map.of(
                  "filesystem",
                  Set.of("rootdirectory", "maxthreads"),
                  "inmemory",
                  Set.of(),
                  "gated",
                  Set.of()))
          .load(environment)
          .config();
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
