package dev.cistern.server.metrics;

import dev.cistern.api.Digest;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.upstream.RateLimit;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Set;

/** The numbers of one server. Names and labels are stable. Thread-safe. */
public final class ServerMetrics implements CacheListener {

  /** Clients choose the method: others than these share one label, so that labels are bounded. */
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

  private final PrometheusRegistry registry = new PrometheusRegistry();

  private final Counter requests =
      Counter.builder()
          .name("cistern_http_requests_total")
          .help("Requests answered, by method and status.")
          .labelNames("method", "status")
          .register(registry);

  private final Counter bytes =
      Counter.builder()
          .name("cistern_http_response_bytes_total")
          .help("Bytes of response bodies sent.")
          .register(registry);

  private final Gauge pullLimit =
      Gauge.builder()
          .name("cistern_upstream_ratelimit_limit")
          .help("Pulls that the upstream allows in a window, as it last said.")
          .labelNames("upstream")
          .register(registry);

  private final Gauge pullsRemaining =
      Gauge.builder()
          .name("cistern_upstream_ratelimit_remaining")
          .help("Pulls that are left in the upstream's window, as it last said.")
          .labelNames("upstream")
          .register(registry);

  private final StorageMetrics storage = new StorageMetrics(registry);

  /** Notes an answered request. */
  void answered(String method, int status, long bodyBytes) {
    String label = METHODS.contains(method) ? method : "other";
    requests.labelValues(label, Integer.toString(status)).inc();
    bytes.inc(bodyBytes);
  }

  @Override
  public void rateLimitSeen(String upstream, RateLimit limit) {
    pullLimit.labelValues(upstream).set((double) limit.limit());
    pullsRemaining.labelValues(upstream).set((double) limit.remaining());
  }

  @Override
  public void evicted(Digest digest, long bytes, EvictionReason reason) {
    storage.evicted(digest, bytes, reason);
  }

  @Override
  public void storageFailed(StorageFault fault, String attempt, Throwable cause) {
    storage.storageFailed(fault, attempt, cause);
  }

  /**
   * Shows what a cache keeps and lets go, as it is whenever somebody asks. Once.
   *
   * @param cache that is open for as long as these numbers are asked for
   */
  public void watch(PullThroughCache cache, Limits limits) {
    storage.watch(registry, cache, limits);
  }

  MetricSnapshots snapshot() {
    return registry.scrape();
  }
}
