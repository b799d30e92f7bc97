package dev.cistern.server.metrics;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.server.http.CacheResult;
import dev.cistern.server.http.Outcome;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of Distribution's registry in proxy mode, with its names and meaning, so that one
 * dashboard fits both: {@code registry_proxy_*{type="blob|manifest"}}. One difference: an answer to
 * {@code HEAD} has no body here, and counts 0 bytes. Thread-safe.
 */
final class DistributionMetrics implements CacheListener {

  /** One type of content. */
  private record Type(
      CounterDataPoint requests,
      CounterDataPoint hits,
      CounterDataPoint misses,
      CounterDataPoint pulled,
      CounterDataPoint pushed) {}

  private final Map<Outcome.Kind, Type> types = new EnumMap<>(Outcome.Kind.class);

  DistributionMetrics(PrometheusRegistry registry) {
    Counter requests =
        counter(registry, "requests", "Requests for blobs and manifests, errors included.");
    Counter hits = counter(registry, "hits", "Requests that were answered from the cache.");
    Counter misses = counter(registry, "misses", "Requests for which content was fetched.");
    Counter pulled = counter(registry, "pulled_bytes", "Bytes received from upstreams.");
    Counter pushed = counter(registry, "pushed_bytes", "Bytes sent to clients.");
    for (Outcome.Kind kind : new Outcome.Kind[] {Outcome.Kind.BLOB, Outcome.Kind.MANIFEST}) {
      String type = Labels.of(kind);
      types.put(
          kind,
          new Type(
              requests.labelValues(type),
              hits.labelValues(type),
              misses.labelValues(type),
              pulled.labelValues(type),
              pushed.labelValues(type)));
    }
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder()
        .name("registry_proxy_" + name + "_total")
        .help(help)
        .labelNames("type")
        .withoutExemplars()
        .register(registry);
  }

  /**
   * Counts an answer that has ended.
   *
   * @param bytes of its body that were sent
   */
  void answered(Outcome outcome, long bytes) {
    @Nullable Type type = types.get(outcome.kind());
    if (type == null) {
      return;
    }
    type.requests.inc();
    CacheResult result = outcome.result();
    if (result.isFromCache()) {
      type.hits.inc();
      type.pushed.inc(bytes);
    } else if (result.isFetched()) {
      type.misses.inc();
      type.pushed.inc(bytes);
    }
  }

  @Override
  public void bodyReceived(UpstreamCall call, long bytes, Duration time) {
    Outcome.Kind kind =
        call.kind() == UpstreamCall.Kind.BLOB ? Outcome.Kind.BLOB : Outcome.Kind.MANIFEST;
    Objects.requireNonNull(types.get(kind)).pulled.inc(bytes);
  }
}
