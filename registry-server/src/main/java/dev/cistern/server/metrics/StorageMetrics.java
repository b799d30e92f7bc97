package dev.cistern.server.metrics;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.event.DiskUsage;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** What a cache keeps, lets go, and could not do: read when somebody asks. */
record StorageMetrics(PullThroughCache cache, Limits limits) {

  void register(PrometheusRegistry registry) {
    gauge(
        registry,
        "cistern_storage_contents",
        "Blobs and manifests that are kept.",
        DiskUsage::contents);
    gauge(
        registry,
        "cistern_storage_content_bytes",
        "Bytes of the blobs and manifests that are kept.",
        DiskUsage::bytes);
    gauge(
        registry,
        "cistern_storage_used_bytes",
        "Bytes that count for proxy.maxsize: contents, what they cost besides, and transfers.",
        DiskUsage::used);
    gauge(
        registry,
        "cistern_storage_indexed",
        "Whether all that was there at the start has been counted: 1 or 0.",
        usage -> usage.indexed() ? 1 : 0);
    if (limits.maxSize() < Long.MAX_VALUE) {
      gauge(
          registry,
          "cistern_storage_limit_bytes",
          "Bytes that may be used, proxy.maxsize. Missing without a limit.",
          usage -> limits.maxSize());
    }
    CounterWithCallback.builder()
        .name("cistern_evicted_contents_total")
        .help("Blobs and manifests that went, by the limit that they went for.")
        .labelNames("reason")
        .callback(
            counter -> {
              for (EvictionReason reason : EvictionReason.values()) {
                counter.call((double) cache.evicted(reason), label(reason));
              }
            })
        .register(registry);
    CounterWithCallback.builder()
        .name("cistern_storage_faults_total")
        .help("What storage could not do, by kind. No client is failed by it.")
        .labelNames("kind")
        .callback(
            counter -> {
              for (StorageFault kind : StorageFault.values()) {
                counter.call((double) cache.storageFaults(kind), label(kind));
              }
            })
        .register(registry);
  }

  private void gauge(
      PrometheusRegistry registry, String name, String help, ToLongFunction<DiskUsage> value) {
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
