package dev.cistern.server.metrics;

import dev.cistern.api.Digest;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.report.DiskUsage;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.ToLongFunction;

/** What a cache stores and evicts, and the faults of its storage. Thread-safe. */
final class StorageMetrics implements CacheListener {

  private final PrometheusRegistry registry;
  private final EnumCounter<EvictionReason> evictions;
  private final EnumCounter<StorageFault> faults;

  StorageMetrics(PrometheusRegistry registry) {
    this.registry = registry;
    evictions =
        new EnumCounter<>(
            registry,
            "cistern_evicted_contents_total",
            "Blobs and manifests that were evicted, by the limit that required it.",
            "reason",
            EvictionReason.class);
    faults =
        new EnumCounter<>(
            registry,
            "cistern_storage_faults_total",
            "What storage could not do, by kind. No client fails because of it.",
            "kind",
            StorageFault.class);
  }

  @Override
  public void evicted(Digest digest, long bytes, EvictionReason reason) {
    evictions.inc(reason);
  }

  @Override
  public void storageFailed(StorageFault fault, String attempt, Throwable cause) {
    faults.inc(fault);
  }

  /** Shows what a cache stores, read at each scrape. Call once. */
  void watch(PullThroughCache cache) {
    gauge(
        cache,
        "cistern_storage_contents",
        "Blobs and manifests that are kept.",
        DiskUsage::contents);
    gauge(
        cache,
        "cistern_storage_content_bytes",
        "Bytes of the blobs and manifests that are kept.",
        DiskUsage::bytes);
    gauge(
        cache,
        "cistern_storage_used_bytes",
        "Bytes that count for proxy.maxsize: contents, what they cost besides, and fetches in"
            + " progress.",
        DiskUsage::used);
    gauge(
        cache,
        "cistern_storage_indexed",
        "Whether everything that was in storage at the start has been counted: 1 or 0.",
        usage -> usage.indexed() ? 1 : 0);
    GaugeWithCallback.builder()
        .name("cistern_storage_limit_bytes")
        .help("Bytes that may be used, proxy.maxsize. Missing without a limit.")
        .callback(
            gauge -> {
              long most = cache.limits().maxSize();
              if (most < Long.MAX_VALUE) {
                gauge.call((double) most);
              }
            })
        .register(registry);
  }

  private void gauge(
      PullThroughCache cache, String name, String help, ToLongFunction<DiskUsage> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(gauge -> gauge.call((double) value.applyAsLong(cache.diskUsage())))
        .register(registry);
  }
}
