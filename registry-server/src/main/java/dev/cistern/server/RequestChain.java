package dev.cistern.server;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.health.Health;
import dev.cistern.server.health.HealthHandler;
import dev.cistern.server.http.AccessLog;
import dev.cistern.server.http.AllowedNetworks;
import dev.cistern.server.http.AnswerListener;
import dev.cistern.server.http.ExtraHeaders;
import dev.cistern.server.http.ForwardedClients;
import dev.cistern.server.http.Guard;
import dev.cistern.server.http.LoopCheck;
import dev.cistern.server.http.PeerCheck;
import dev.cistern.server.http.RegistryHandler;
import dev.cistern.server.http.RequestFraming;
import dev.cistern.server.http.Routing;
import dev.cistern.server.metrics.MeteredHandler;
import dev.cistern.server.metrics.ServerMetrics;
import dev.cistern.server.tracing.Tracing;
import io.undertow.server.HttpHandler;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The handlers that a request of a client passes, as a configuration describes them. The order
 * matters: who the client is comes first, because the log, traces and metrics have its address;
 * then what observes each request, refused ones too; then what refuses.
 */
final class RequestChain {

  private final ServerConfig config;
  private final String via;
  private final List<AnswerListener> listeners;
  private final @Nullable Tracing tracing;
  private final Health health;
  private final @Nullable Peers peers;
  private final @Nullable ServerMetrics metrics;

  /**
   * @param via the name of the server in {@code Via}
   * @param listeners of the answers
   * @param tracing null: no traces
   * @param peers null: this server is alone
   * @param metrics null: none
   */
  RequestChain(
      ServerConfig config,
      String via,
      List<AnswerListener> listeners,
      @Nullable Tracing tracing,
      Health health,
      @Nullable Peers peers,
      @Nullable ServerMetrics metrics) {
    this.config = config;
    this.via = via;
    this.listeners = listeners;
    this.tracing = tracing;
    this.health = health;
    this.peers = peers;
    this.metrics = metrics;
  }

  /** The last handler: it answers from the cache. */
  RegistryHandler registry(PullThroughCache cache, Guard guard) {
    return new RegistryHandler(
        cache,
        prefix(config.http()),
        config.http().host().map(RequestChain::origin).orElse(""),
        Routing.of(config.proxy()),
        guard);
  }

  /** The path before {@code /v2/}, without a slash at its end. */
  static String prefix(HttpConfig http) {
    String prefix = http.prefix();
    return prefix.substring(0, prefix.length() - 1);
  }

  private static String origin(URI host) {
    String url = host.toString();
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  /** The first handler. */
  HttpHandler before(RegistryHandler registry, PullThroughCache cache) {
    HttpConfig http = config.http();
    HttpHandler checked = new RequestFraming(new LoopCheck(via, registry));
    HttpHandler handler = checked;
    if (!http.clients().allow().isEmpty()) {
      handler = new AllowedNetworks(http.clients().allow(), handler);
    }
    if (!http.headers().isEmpty()) {
      handler = new ExtraHeaders(http.headers(), handler);
    }
    if (!listeners.isEmpty()) {
      handler = new MeteredHandler(listeners, handler);
    }
    if (tracing != null) {
      handler = tracing.traced(handler);
    }
    if (config.log().accessLog() == LogConfig.AccessLog.ENABLED) {
      handler = new AccessLog(handler);
    }
    if (!http.clients().trustedProxies().isEmpty()) {
      handler = new ForwardedClients(http.clients(), handler);
    }
    if (peers != null) {
      PeerCheck.Listener counted = metrics == null ? (status, bytes) -> {} : metrics.ofPeers();
      handler = new PeerCheck(peers.signature(), counted, cache::diskAnswer, checked, handler);
    }
    return new HealthHandler(health, HealthHandler.Audience.PUBLIC, prefix(http), handler);
  }
}
