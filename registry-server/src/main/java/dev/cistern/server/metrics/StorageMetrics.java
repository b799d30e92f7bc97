package dev.cistern.server.metrics;

import dev.cistern.api.Digest;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.DiskUsage;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** What a cache keeps, evicts, and could not do. */
@SuppressWarnings("EnumOrdinal")
final class StorageMetrics implements CacheListener {

  private final CounterDataPoint[] evictions;
  private final CounterDataPoint[] faults;

  StorageMetrics(PrometheusRegistry registry) {
    Counter evicted =
        Counter.builder()
            .name("cistern_evicted_contents_total")
            .help("Blobs and manifests that were evicted, by the limit that required it.")
            .labelNames("reason")
            .register(registry);
    Counter failed =
        Counter.builder()
            .name("cistern_storage_faults_total")
            .help("What storage could not do, by kind. No client fails because of it.")
            .labelNames("kind")
            .register(registry);
    evictions = children(evicted, EvictionReason.values());
    faults = children(failed, StorageFault.values());
  }

  private static CounterDataPoint[] children(Counter counter, Enum<?>[] labels) {
    return Arrays.stream(labels)
        .map(label -> counter.labelValues(label(label)))
        .toArray(CounterDataPoint[]::new);
  }

  @Override
  public void evicted(Digest digest, long bytes, EvictionReason reason) {
    evictions[reason.ordinal()].inc();
  }

  @Override
  public void storageFailed(StorageFault fault, String attempt, Throwable cause) {
    faults[fault.ordinal()].inc();
  }

  /** Shows how much a cache keeps, as it is whenever somebody asks. */
  void watch(PrometheusRegistry registry, PullThroughCache cache, Limits limits) {
    gauge(
        registry,
        cache,
        "cistern_storage_contents",
        "Blobs and manifests that are kept.",
        DiskUsage::contents);
    gauge(
        registry,
        cache,
        "cistern_storage_content_bytes",
        "Bytes of the blobs and manifests that are kept.",
        DiskUsage::bytes);
    gauge(
        registry,
        cache,
        "cistern_storage_used_bytes",
        "Bytes that count for proxy.maxsize: contents, what they cost besides, and transfers.",
        DiskUsage::used);
    gauge(
        registry,
        cache,
        "cistern_storage_indexed",
        "Whether all that was there at the start has been counted: 1 or 0.",
        usage -> usage.indexed() ? 1 : 0);
    if (limits.maxSize() < Long.MAX_VALUE) {
      gauge(
          registry,
          cache,
          "cistern_storage_limit_bytes",
          "Bytes that may be used, proxy.maxsize. Missing without a limit.",
          usage -> limits.maxSize());
    }
  }

  private static void gauge(
      PrometheusRegistry registry,
      PullThroughCache cache,
      String name,
      String help,
      ToLongFunction<DiskUsage> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(gauge -> gauge.call((double) value.applyAsLong(cache.diskUsage())))
        .register(registry);
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
