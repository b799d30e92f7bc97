package dev.cistern.server.metrics;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.server.http.Outcome;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.undertow.server.HttpServerExchange;
import java.util.List;

/**
 * All numbers of one server, written from what its cache tells its listeners and from the outcome
 * of each request. Names and labels are stable. Thread-safe.
 */
public final class ServerMetrics {

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final AnswerMetrics answers = new AnswerMetrics(registry);
  private final DistributionMetrics distribution = new DistributionMetrics(registry);
  private final FetchMetrics fetches = new FetchMetrics(registry);
  private final UpstreamMetrics upstreams = new UpstreamMetrics(registry);
  private final StorageMetrics storage = new StorageMetrics(registry);

  /**
   * Starts to count.
   *
   * @param version of the server
   */
  public ServerMetrics(String version) {
    RuntimeMetrics.register(registry, version);
  }

  /** What the cache must tell. */
  public List<CacheListener> listeners() {
    return List.of(distribution, fetches, upstreams, storage);
  }

  /** Lets the numbers of an upstream start at 0, before it is asked for anything. */
  public void upstream(String name) {
    upstreams.start(name);
  }

  /** Counts an exchange that is complete. */
  void answered(HttpServerExchange exchange, Outcome outcome) {
    answers.answered(exchange, outcome);
    distribution.answered(outcome, exchange.getResponseBytesSent());
  }

  /**
   * Shows how much a cache keeps, read at each scrape. Once.
   *
   * @param cache that is open for as long as these numbers are asked for
   */
  public void watch(PullThroughCache cache, Limits limits) {
    storage.watch(cache, limits);
  }

  MetricSnapshots snapshot() {
    return registry.scrape();
  }
}
