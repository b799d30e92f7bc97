package dev.cistern.server;

import com.google.common.io.Closer;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.PullThroughCacheBuilder;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.proxy.report.PeerState;
import dev.cistern.server.auth.ClientAuthentication;
import dev.cistern.server.cli.Version;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.health.CacheHealth;
import dev.cistern.server.health.Health;
import dev.cistern.server.health.StorageProbe;
import dev.cistern.server.http.AnswerListener;
import dev.cistern.server.http.Guard;
import dev.cistern.server.http.HttpListener;
import dev.cistern.server.http.LoopCheck;
import dev.cistern.server.http.RegistryHandler;
import dev.cistern.server.http.Routing;
import dev.cistern.server.metrics.DebugListener;
import dev.cistern.server.metrics.ServerMetrics;
import dev.cistern.server.tracing.Tracing;
import dev.cistern.server.tracing.TracingSettings;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageTrait;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.ResponseCodeHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
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
  private final @Nullable Tracing tracing;
  private final ConfiguredUpstreams upstreams;
  private final @Nullable Peers peers;
  private volatile ServerConfig config;
  private final PullThroughCache cache;
  private final StorageProbe storage;
  private final Health health;
  private final StorageDriver driver;
  private final @Nullable StatusPage page;
  private @Nullable DebugListener debug;
  private @Nullable ClientAuthentication authentication;
  private @Nullable HttpListener listener;
  private @Nullable RegistryHandler answers;
  private boolean started;

  /** Apart from the lock of a reload, which must not wait for the requests in progress. */
  private final Object closing = new Object();

  private boolean closed; // guarded by closing

  private RegistryServer(
      String via,
      @Nullable ServerMetrics metrics,
      @Nullable Tracing tracing,
      ServerConfig config,
      ConfiguredUpstreams upstreams,
      @Nullable Peers peers,
      PullThroughCache cache,
      StorageProbe storage,
      Health health,
      StorageDriver driver,
      @Nullable StatusPage page) {
    this.via = via;
    this.config = config;
    this.metrics = metrics;
    this.tracing = tracing;
    this.upstreams = upstreams;
    this.peers = peers;
    this.cache = cache;
    this.storage = storage;
    this.health = health;
    this.driver = driver;
    this.page = page;
  }

  /**
   * Opens storage and starts to listen. The upstream is not asked for anything.
   *
   * @throws IOException when storage, a file or an address cannot be used; the message is for the
   *     operator
   */
  public static RegistryServer start(ServerConfig config) throws IOException {
    return start(config, System.getenv());
  }

  /**
   * As above.
   *
   * @param environment the variables of the process, for tracing and for credential helpers
   */
  public static RegistryServer start(ServerConfig config, Map<String, String> environment)
      throws IOException {
    return start(config, environment, UnaryOperator.identity());
  }

  /**
   * As above.
   *
   * @param customization of the cache, for what no configuration says
   */
  static RegistryServer start(
      ServerConfig config,
      Map<String, String> environment,
      UnaryOperator<PullThroughCacheBuilder> customization)
      throws IOException {
    Optional<TracingSettings> traced = TracingSettings.of(environment);
    ServerMetrics metrics =
        config.http().debug().isPresent() ? new ServerMetrics(Version.number()) : null;
    String via = LoopCheck.newName();
    ConfiguredUpstreams upstreams = new ConfiguredUpstreams(environment, via);
    CacheHealth events = new CacheHealth();
    PullThroughCacheBuilder builder = ConfiguredCache.builder(config);
    if (metrics != null) {
      countFromZero(metrics, config.proxy());
      metrics.listeners().forEach(builder::listener);
    }
    builder.listener(events);
    StatusPage page = StatusPage.of(config).orElse(null);
    if (page != null) {
      page.listeners().forEach(builder::listener);
    }
    upstreams.applyTo(builder, config.proxy());
    Peers peers = null;
    if (config.proxy().peers().isPresent()) {
      peers =
          PeerWiring.peers(config.proxy().peers().get(), via, RequestChain.prefix(config.http()));
      builder.peers(peers);
    }
    Tracing tracing = traced.isPresent() ? Tracing.start(traced.get(), Version.number()) : null;
    if (tracing != null) {
      builder.listener(tracing.listener());
    }
    StorageDriver driver = ConfiguredCache.open(config);
    StorageDriver checked =
        driver.traits().contains(StorageTrait.REMOTE)
            ? config.proxy().local().tier().open()
            : driver;
    PullThroughCache cache = ConfiguredCache.build(customization.apply(builder.storage(driver)));
    StorageProbe storage = StorageProbe.start(checked, config.health());
    Health health =
        new Health(
            config.storage().driver(),
            storage,
            events,
            cache::diskUsage,
            ConfiguredCache.upstreamNames(config.proxy()));
    RegistryServer server =
        new RegistryServer(
            via, metrics, tracing, config, upstreams, peers, cache, storage, health, driver, page);
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

  private void listen(ServerConfig config) throws IOException {
    SecretWarnings.ofFiles(config);
    ClientAuthentication clients = ClientAuthentication.of(config.auth());
    authentication = clients;
    HttpListener started = HttpListener.start(config.http(), handler(config, clients.guard()));
    listener = started;
    SecretWarnings.ofClients(config, started.address());
    HttpHandler rest =
        page == null
            ? ResponseCodeHandler.HANDLE_404
            : page.start(config, cache, driver, started.address());
    if (metrics != null && config.http().debug().isPresent()) {
      metrics.watch(cache);
      debug = DebugListener.start(config.http().debug().get(), metrics, health, rest);
    }
  }

  private static void countFromZero(ServerMetrics metrics, ProxyConfig proxy) {
    ConfiguredCache.upstreamNames(proxy).forEach(metrics::upstream);
  }

  private HttpHandler handler(ServerConfig config, Guard guard) {
    List<AnswerListener> listeners = new ArrayList<>();
    if (metrics != null) {
      listeners.add(metrics);
    }
    if (page != null) {
      listeners.add(page.answers());
    }
    RequestChain chain = new RequestChain(config, via, listeners, tracing, health, peers, metrics);
    RegistryHandler registry = chain.registry(cache, guard);
    answers = registry;
    return chain.before(registry, cache);
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
    ConfiguredCache.bound(cached, changed.proxy());
    if (metrics != null) {
      countFromZero(metrics, changed.proxy());
    }
    cache.reconfigure(cached);
    health.upstreams(ConfiguredCache.upstreamNames(changed.proxy()));
    if (page != null) {
      page.reload(changed.proxy());
    }
    Objects.requireNonNull(answers).routeBy(Routing.of(changed.proxy()));
    new Announcement(changed).proxy().forEach(log::info);
    List<String> unapplied = ChangedSections.afterRestart(config, changed);
    if (!unapplied.isEmpty()) {
      log.warn("Restart the server to apply the changes of {}", String.join(", ", unapplied));
    }
    config =
        new ServerConfig(
            config.log(),
            config.storage(),
            config.http(),
            changed.proxy(),
            config.auth(),
            config.health());
  }

  /** Evicts what the limits require, and returns when that is done. */
  void sweep() {
    cache.sweep().toCompletableFuture().join();
  }

  /** How many connections of clients are open. */
  public int openConnections() {
    return Objects.requireNonNull(listener).openConnections();
  }

  /** The addresses of the cluster, this server included; none if it works alone. */
  public List<PeerState> peers() {
    return cache.peers();
  }

  /** The address that is listened on, with the real port where the configuration left it open. */
  public InetSocketAddress address() {
    return Objects.requireNonNull(listener).address();
  }

  /** The address at which metrics are, with the real port; empty where none is configured. */
  public Optional<InetSocketAddress> debugAddress() {
    return Optional.ofNullable(debug).map(DebugListener::address);
  }

  /** The address of the status page, with the real port; empty where there is none. */
  public Optional<InetSocketAddress> pageAddress() {
    return Optional.ofNullable(page).flatMap(shown -> shown.address().or(this::debugAddress));
  }

  /** Load balancers go on sending requests until they have seen that the server is not ready. */
  private void awaitLoadBalancers() {
    Duration delay = config.http().drainDelay();
    if (delay.isZero()) {
      return;
    }
    log.info("Not ready any more; requests are accepted for another {} s", delay.toSeconds());
    try {
      boolean unused = new CountDownLatch(1).await(delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (closing) {
      if (!closed) {
        closed = true;
        end();
      }
    }
  }

  private void end() throws IOException {
    health.stop();
    if (started) {
      awaitLoadBalancers();
    }
    // Each is closed, also when one before it fails; the last one first.
    try (Closer closer = Closer.create()) {
      register(closer, tracing);
      register(closer, cache);
      register(closer, storage);
      register(closer, page);
      register(closer, debug);
      register(closer, authentication);
      register(closer, listener);
    }
    if (started) {
      log.info("Stopped");
    }
  }

  private static void register(Closer closer, @Nullable AutoCloseable resource) {
    if (resource != null) {
      closer.register(
          () -> {
            try {
              resource.close();
            } catch (IOException | RuntimeException e) {
              throw e;
            } catch (Exception e) {
              throw new IOException(e);
            }
          });
    }
  }
}
