package dev.cistern.server.metrics;

import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.Cause;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;

/** Fetches of blobs. One fetch may serve many requests. Thread-safe. */
final class FetchMetrics implements CacheListener {

  /** How a fetch ended. */
  private enum End {
    COMPLETED,
    FAILED
  }

  private final GaugeDataPoint inProgress;
  private final CounterDataPoint followers;
  private final EnumCounter<End> ended;

  FetchMetrics(PrometheusRegistry registry) {
    inProgress =
        Gauge.builder()
            .name("cistern_fetches_in_progress")
            .help("Blobs that are being fetched, or wait for their turn.")
            .register(registry);
    followers =
        Counter.builder()
            .name("cistern_fetch_followers_total")
            .help("Requests that followed a fetch which another request had started.")
            .withoutExemplars()
            .register(registry);
    ended =
        new EnumCounter<>(
            registry,
            "cistern_fetches_total",
            "Fetches of blobs that have ended, by how they ended.",
            "outcome",
            End.class);
  }

  @Override
  public void fetchStarted(BlobTransfer transfer) {
    inProgress.inc();
  }

  @Override
  public void fetchJoined(BlobTransfer transfer, Cause by) {
    followers.inc();
  }

  @Override
  public void fetchCompleted(BlobTransfer transfer, long bytes, Duration time) {
    inProgress.dec();
    ended.inc(End.COMPLETED);
  }

  @Override
  public void fetchFailed(BlobTransfer transfer, Throwable cause) {
    inProgress.dec();
    ended.inc(End.FAILED);
  }
}
