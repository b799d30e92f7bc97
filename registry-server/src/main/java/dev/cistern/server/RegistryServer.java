package dev.cistern.server;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.manifest.FreshnessPolicy;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.TlsConfig;
import dev.cistern.server.http.AccessLog;
import dev.cistern.server.http.ExtraHeaders;
import dev.cistern.server.http.RegistryHandler;
import dev.cistern.server.tls.TlsContext;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDrivers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.GracefulShutdownHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.Options;
import org.xnio.Sequence;

/**
 * A cache behind an HTTP listener, as a configuration describes it. Owns everything it starts;
 * {@link #close} lets requests in progress end for the configured time.
 */
public final class RegistryServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RegistryServer.class);

  /** How long a client may take for the line and headers of a request. */
  private static final Duration REQUEST_PARSE_TIMEOUT = Duration.ofSeconds(30);

  /** How long a connection is kept open for the next request. */
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(75);

  private final PullThroughCache cache;
  private final GracefulShutdownHandler requests;
  private final Undertow listener;
  private final Duration drainTimeout;

  private RegistryServer(
      PullThroughCache cache,
      GracefulShutdownHandler requests,
      Undertow listener,
      Duration drainTimeout) {
    this.cache = cache;
    this.requests = requests;
    this.listener = listener;
    this.drainTimeout = drainTimeout;
  }

  /**
   * Opens storage and starts to listen. The upstream is not asked for anything.
   *
   * @throws IOException when storage, a file or the address cannot be used; the message is for the
   *     operator
   */
  public static RegistryServer start(ServerConfig config) throws IOException {
    HttpConfig http = config.http();
    InetSocketAddress address = http.addr().socketAddress();
    if (address.isUnresolved()) {
      throw new IOException("http.addr: there is no host named " + address.getHostString());
    }
    SSLContext tls = http.tls().isPresent() ? TlsContext.of(http.tls().get()) : null;
    PullThroughCache cache = cache(config);
    GracefulShutdownHandler requests = new GracefulShutdownHandler(handler(config, cache));
    Undertow.Builder builder =
        Undertow.builder()
            .setHandler(requests)
            .setServerOption(
                UndertowOptions.REQUEST_PARSE_TIMEOUT, (int) REQUEST_PARSE_TIMEOUT.toMillis())
            .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, (int) IDLE_TIMEOUT.toMillis())
            .setServerOption(UndertowOptions.DECODE_URL, false)
            .setSocketOption(Options.TCP_NODELAY, true);
    if (tls == null) {
      builder.addHttpListener(address.getPort(), host(http));
    } else {
      builder
          .setSocketOption(Options.SSL_ENABLED_PROTOCOLS, protocols(http.tls().orElseThrow()))
          .addHttpsListener(address.getPort(), host(http), tls);
    }
    Undertow listener = builder.build();
    try {
      listener.start();
    } catch (RuntimeException e) {
      cache.close();
      throw new IOException(
          "http.addr: cannot listen on " + http.addr() + ": " + rootMessage(e), e);
    }
    RegistryServer server = new RegistryServer(cache, requests, listener, http.drainTimeout());
    log.info(
        "Serving {} on {} ({}:{})",
        config.proxy().remoteUrl(),
        tls == null ? "http" : "https",
        server.address().getAddress().getHostAddress(),
        server.address().getPort());
    return server;
  }

  private static Sequence<String> protocols(TlsConfig tls) {
    return Sequence.of(
        Arrays.stream(TlsConfig.Version.values())
            .filter(version -> version.compareTo(tls.minimum()) >= 0)
            .map(TlsConfig.Version::protocol)
            .toList());
  }

  private static String host(HttpConfig http) {
    // The wildcard address as this machine has it: of both protocol families where there are two.
    return http.addr()
        .host()
        .orElseGet(() -> new InetSocketAddress(0).getAddress().getHostAddress());
  }

  private static PullThroughCache cache(ServerConfig config) throws IOException {
    ProxyConfig.Reuse reuse = config.proxy().reuse();
    return PullThroughCache.builder()
        .upstream(UpstreamWiring.config(config.proxy(), System.getenv()))
        .maxTransfers(config.proxy().network().transfers().most())
        .storage(open(config))
        .freshness(new FreshnessPolicy(reuse.freshness(), reuse.staleAfter()))
        .negativeTtl(reuse.negativeTtl())
        .build();
  }

  private static StorageDriver open(ServerConfig config) throws IOException {
    String driver = config.storage().driver();
    return StorageDrivers.create(
        driver, DriverParameters.of(driver, config.storage().parameters()));
  }

  private static HttpHandler handler(ServerConfig config, PullThroughCache cache) {
    HttpConfig http = config.http();
    String prefix = http.prefix().substring(0, http.prefix().length() - 1);
    HttpHandler handler =
        new RegistryHandler(cache, prefix, http.host().map(RegistryServer::origin).orElse(""));
    if (!http.headers().isEmpty()) {
      handler = new ExtraHeaders(http.headers(), handler);
    }
    return config.log().accessLog() == LogConfig.AccessLog.ENABLED
        ? new AccessLog(handler)
        : handler;
  }

  private static String origin(URI host) {
    String url = host.toString();
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  /** The address that is listened on, with the real port where the configuration left it open. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getListenerInfo().get(0).getAddress();
  }

  /** Stops to accept requests, lets those in progress end, then stores what has been fetched. */
  @Override
  public void close() throws IOException {
    requests.shutdown();
    try {
      if (!requests.awaitShutdown(drainTimeout.toMillis())) {
        log.warn("Requests were still in progress after {} s", drainTimeout.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    listener.stop();
    cache.close();
    log.info("Stopped");
  }
}
