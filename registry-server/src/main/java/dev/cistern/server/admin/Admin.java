package dev.cistern.server.admin;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.maintenance.StoredRepositories;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.server.admin.AdminHandler.Endpoint;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.RegistryConfig;
import dev.cistern.server.http.AnswerListener;
import dev.cistern.server.http.Routing;
import dev.cistern.storage.StorageDriver;
import io.undertow.server.HttpHandler;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The status page and the admin API of one server. Give its listeners to the cache and to the
 * listener of clients first; then it can be served.
 */
public final class Admin implements AutoCloseable {

  private static final int THREADS = 4;
  private static final int TASKS_AT_ONCE = 2;

  private final String version;
  private final InstantSource clock;
  private final Instant started;
  private final TrafficTotals totals = new TrafficTotals();
  private final TrafficHistory traffic;
  private final UpstreamStates upstreams;
  private final StaleAnswers stale;
  private final Tasks tasks;
  private final AtomicReference<Routing> routing;
  private final ThreadPoolExecutor threads;
  private final ScheduledExecutorService ticks;
  private @Nullable Repositories repositories;
  private @Nullable StoreCount count;

  /**
   * Begins to count.
   *
   * @param version of the server
   */
  public Admin(String version, ProxyConfig proxy, InstantSource clock) {
    this.version = version;
    this.clock = clock;
    started = clock.instant();
    traffic = new TrafficHistory(clock, totals::sum);
    upstreams = new UpstreamStates(clock);
    stale = new StaleAnswers(clock);
    tasks = new Tasks(clock, TASKS_AT_ONCE);
    routing = new AtomicReference<>(Routing.of(proxy));
    configure(proxy);
    threads =
        new ThreadPoolExecutor(
            THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons("admin"));
    threads.allowCoreThreadTimeOut(true);
    ticks = Executors.newScheduledThreadPool(0, daemons("admin-clock"));
  }

  private static ThreadFactory daemons(String purpose) {
    return task -> {
      Thread thread = new Thread(task, "cistern-" + purpose);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** The listeners that the cache must have. */
  public List<CacheListener> listeners() {
    return List.of(totals, upstreams, stale);
  }

  /** The listener that the answers to clients must have. */
  public AnswerListener answers() {
    return totals;
  }

  /** Takes up changed upstreams. */
  public void configure(ProxyConfig proxy) {
    Map<String, List<String>> registries = new LinkedHashMap<>();
    Stream.concat(Stream.of(proxy.main()), proxy.others().stream())
        .forEach(
            registry ->
                registries
                    .computeIfAbsent(upstreamName(registry), name -> new ArrayList<>())
                    .add(registry.name()));
    upstreams.configure(registries);
    routing.set(Routing.of(proxy));
  }

  private static String upstreamName(RegistryConfig registry) {
    return UpstreamConfig.builder(registry.remoteUrl().toString()).build().name();
  }

  /**
   * The page and the API, to be served with a login or on the loopback only. Call once.
   *
   * @param cache must stay open as long as this is served
   * @param driver the storage of the cache
   * @param clients how clients reach the cache
   */
  public HttpHandler serve(
      PullThroughCache cache, StorageDriver driver, ClientAddress clients, Login login) {
    var unused = ticks.scheduleAtFixedRate(traffic::tick, 1, 1, TimeUnit.SECONDS);
    Repositories stored =
        new Repositories(new StoredRepositories(driver, cache::use), System::nanoTime);
    repositories = stored;
    StoreCount counted = new StoreCount(cache, driver, System::nanoTime);
    count = counted;
    View view =
        new View(version, started, clock, cache, traffic, upstreams, stale, stored, counted, tasks);
    RequestChecks checks =
        new RequestChecks(
            login == Login.REQUIRED ? RequestChecks.Names.ALL : RequestChecks.Names.LOOPBACK);
    JsonAnswers json = new JsonAnswers(view);
    Actions actions = new Actions(routing::get, view);
    Map<String, Endpoint> pages = new HashMap<>();
    pages.put("/admin/stats", json::stats);
    pages.put("/admin/upstreams", json::upstreams);
    pages.put("/admin/peers", json::peers);
    pages.put("/admin/transfers", json::transfers);
    pages.put("/admin/repositories", json::repositories);
    pages.put("/admin/tasks", json::tasks);
    new Pages(view, actions, clients, checks.token()).addTo(pages);
    Map<String, Endpoint> posts =
        Map.of(
            "/admin/purge", actions::purge,
            "/admin/warm", actions::warm,
            "/admin/gc", actions::gc);
    return new AdminHandler(checks, pages, posts, threads);
  }

  /** Whether those who ask have logged in. */
  public enum Login {
    NONE,
    REQUIRED
  }

  /** Ends what reads storage. Actions that are running end with the cache. */
  @Override
  public void close() {
    ticks.shutdownNow();
    threads.shutdownNow();
    if (repositories != null) {
      repositories.close();
    }
    if (count != null) {
      count.close();
    }
  }
}
