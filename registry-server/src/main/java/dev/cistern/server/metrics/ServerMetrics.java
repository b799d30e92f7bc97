package dev.cistern.server.metrics;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.server.http.AnswerListener;
import dev.cistern.server.http.Outcome;
import dev.cistern.server.http.PeerCheck;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.undertow.server.HttpServerExchange;
import java.util.List;

/**
 * All metrics of one server. They are written from the events of its cache and from the outcome of
 * each request. Names and labels are stable. Thread-safe.
 */
public final class ServerMetrics implements AnswerListener {

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final AnswerMetrics answers = new AnswerMetrics(registry);
  private final DistributionMetrics distribution = new DistributionMetrics(registry);
  private final FetchMetrics fetches = new FetchMetrics(registry);
  private final PieceMetrics pieces = new PieceMetrics(registry);
  private final UpstreamMetrics upstreams = new UpstreamMetrics(registry);
  private final PeerMetrics peers = new PeerMetrics(registry);
  private final StorageMetrics storage = new StorageMetrics(registry);

  /**
   * Starts to count.
   *
   * @param version of the server
   */
  public ServerMetrics(String version) {
    RuntimeMetrics.register(registry, version);
  }

  /** The listeners that the cache must have. */
  public List<CacheListener> listeners() {
    return List.of(distribution, fetches, pieces, upstreams, peers, storage);
  }

  /** Makes the counters of an upstream start at 0, before the first request to it. */
  public void upstream(String name) {
    upstreams.start(name);
  }

  /** Gets the requests of other servers of the cluster. */
  public PeerCheck.Listener ofPeers() {
    return peers;
  }

  @Override
  public void answered(HttpServerExchange exchange, Outcome outcome) {
    answers.answered(exchange, outcome);
    distribution.answered(outcome, exchange.getResponseBytesSent());
  }

  /**
   * Shows what a cache stores, read at each scrape. Call once.
   *
   * @param cache must stay open as long as there are scrapes
   */
  public void watch(PullThroughCache cache) {
    storage.watch(cache);
  }

  MetricSnapshots snapshot() {
    return registry.scrape();
  }
}
