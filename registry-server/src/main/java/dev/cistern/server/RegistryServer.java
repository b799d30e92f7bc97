package dev.cistern.server;

import dev.cistern.proxy.LocalTier;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.PullThroughCacheBuilder;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.server.cli.Version;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.LocalConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.http.AccessLog;
import dev.cistern.server.http.ExtraHeaders;
import dev.cistern.server.http.HttpListener;
import dev.cistern.server.http.LoopCheck;
import dev.cistern.server.http.RegistryHandler;
import dev.cistern.server.http.RequestFraming;
import dev.cistern.server.http.Routing;
import dev.cistern.server.metrics.DebugListener;
import dev.cistern.server.metrics.MeteredHandler;
import dev.cistern.server.metrics.ServerMetrics;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDrivers;
import io.undertow.server.HttpHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache behind an HTTP listener, as a configuration describes it. Owns everything it starts;
 * {@link #close} lets requests in progress end for the configured time, then stores what has been
 * fetched.
 */
public final class RegistryServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RegistryServer.class);

  /** The name of this server in {@code Via}, by which it knows its own requests. */
  private final String via;

  private final @Nullable ServerMetrics metrics;
  private final ConfiguredUpstreams upstreams;
  private ServerConfig config; // guarded by this
  private final PullThroughCache cache;
  private @Nullable DebugListener debug;
  private @Nullable HttpListener listener;
  private @Nullable RegistryHandler answers;
  private boolean started;

  private RegistryServer(
      String via,
      @Nullable ServerMetrics metrics,
      ServerConfig config,
      ConfiguredUpstreams upstreams,
      PullThroughCache cache) {
    this.via = via;
    this.config = config;
    this.metrics = metrics;
    this.upstreams = upstreams;
    this.cache = cache;
  }

  /**
   * Opens storage and starts to listen. The upstream is not asked for anything.
   *
   * @throws IOException when storage, a file or an address cannot be used; the message is for the
   *     operator
   */
  public static RegistryServer start(ServerConfig config) throws IOException {
    return start(config, UnaryOperator.identity());
  }

  /**
   * As above.
   *
   * @param customization of the cache, for what no configuration says
   */
  static RegistryServer start(
      ServerConfig config, UnaryOperator<PullThroughCacheBuilder> customization)
      throws IOException {
    ServerMetrics metrics =
        config.http().debug().isPresent() ? new ServerMetrics(Version.number()) : null;
    String via = LoopCheck.newName();
    ConfiguredUpstreams upstreams = new ConfiguredUpstreams(System.getenv(), via);
    PullThroughCacheBuilder cache = cache(config, metrics);
    upstreams.applyTo(cache, config.proxy());
    RegistryServer server =
        new RegistryServer(via, metrics, config, upstreams, built(customization.apply(cache)));
    try {
      server.listen(config);
      server.started = true;
    } finally {
      if (!server.started) {
        server.close();
      }
    }
    new Announcement(config).lines(server.address(), server.debugAddress()).forEach(log::info);
    return server;
  }

  private static PullThroughCache built(PullThroughCacheBuilder cache) throws IOException {
    try {
      return cache.build();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void listen(ServerConfig config) throws IOException {
    if (metrics != null && config.http().debug().isPresent()) {
      metrics.watch(cache);
      debug = DebugListener.start(config.http().debug().get(), metrics);
    }
    config.http().tls().ifPresent(tls -> SecretFile.warnIfReadableByAll("http.tls.key", tls.key()));
    listener = HttpListener.start(config.http(), handler(config));
  }

  private static PullThroughCacheBuilder cache(ServerConfig config, @Nullable ServerMetrics metrics)
      throws IOException {
    PullThroughCacheBuilder cache = PullThroughCache.builder();
    if (metrics != null) {
      countFromZero(metrics, config.proxy());
      metrics.listeners().forEach(cache::listener);
    }
    bound(cache, config.proxy());
    LocalConfig local = config.proxy().local();
    cache.local(new LocalTier(local.rootDirectory(), local.maxSize()));
    return cache.storage(open(config));
  }

  private static void bound(PullThroughCacheBuilder cache, ProxyConfig proxy) {
    proxy.memory().ifPresent(cache::memory);
    cache.limits(proxy.limits());
  }

  private static void countFromZero(ServerMetrics metrics, ProxyConfig proxy) {
    Stream.concat(Stream.of(proxy.main()), proxy.others().stream())
        .forEach(
            registry ->
                metrics.upstream(
                    UpstreamConfig.builder(registry.remoteUrl().toString()).build().name()));
  }

  private static StorageDriver open(ServerConfig config) throws IOException {
    String driver = config.storage().driver();
    return StorageDrivers.create(
        driver, DriverParameters.of(driver, config.storage().parameters()));
  }

  private HttpHandler handler(ServerConfig config) {
    HttpConfig http = config.http();
    String prefix = http.prefix().substring(0, http.prefix().length() - 1);
    RegistryHandler registry =
        new RegistryHandler(
            cache,
            prefix,
            http.host().map(RegistryServer::origin).orElse(""),
            Routing.of(config.proxy()));
    answers = registry;
    HttpHandler handler = new RequestFraming(new LoopCheck(via, registry));
    if (!http.headers().isEmpty()) {
      handler = new ExtraHeaders(http.headers(), handler);
    }
    if (metrics != null) {
      handler = new MeteredHandler(metrics, handler);
    }
    return config.log().accessLog() == LogConfig.AccessLog.ENABLED
        ? new AccessLog(handler)
        : handler;
  }

  private static String origin(URI host) {
    String url = host.toString();
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  /**
   * Takes up the {@code proxy} section of a changed configuration. Requests in progress end as they
   * began.
   *
   * @throws IOException if a file that it names is wrong; the message is for the operator, and
   *     nothing has changed
   */
  public synchronized void reload(ServerConfig changed) throws IOException {
    PullThroughCacheBuilder cached = PullThroughCache.builder();
    upstreams.applyTo(cached, changed.proxy());
    bound(cached, changed.proxy());
    if (metrics != null) {
      countFromZero(metrics, changed.proxy());
    }
    cache.reconfigure(cached);
    Objects.requireNonNull(answers).routeBy(Routing.of(changed.proxy()));
    new Announcement(changed).proxy().forEach(log::info);
    if (!changed.http().equals(config.http())
        || !changed.storage().equals(config.storage())
        || !changed.log().equals(config.log())) {
      log.warn("Restart the server to apply the changes of http, storage and log");
    }
    config = new ServerConfig(config.log(), config.storage(), config.http(), changed.proxy());
  }

  /** How many connections of clients are open. */
  public int openConnections() {
    return Objects.requireNonNull(listener).openConnections();
  }

  /** The address that is listened on, with the real port where the configuration left it open. */
  public InetSocketAddress address() {
    return Objects.requireNonNull(listener).address();
  }

  /** The address at which metrics are, with the real port; empty where none is configured. */
  public Optional<InetSocketAddress> debugAddress() {
    return Optional.ofNullable(debug).map(DebugListener::address);
  }

  @Override
  public void close() throws IOException {
    if (listener != null) {
      listener.close();
    }
    if (debug != null) {
      debug.close();
    }
    cache.close();
    if (started) {
      log.info("Stopped");
    }
  }
}
