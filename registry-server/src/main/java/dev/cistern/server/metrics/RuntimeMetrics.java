package dev.cistern.server.metrics;

import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.instrumentation.jvm.JvmBufferPoolMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmRuntimeInfoMetric;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** The version, and what the JVM and the process use, read at each scrape. */
final class RuntimeMetrics {

  private RuntimeMetrics() {}

  static void register(PrometheusRegistry registry, String version) {
    Info build =
        Info.builder()
            .name("cistern_build_info")
            .help("The version that runs.")
            .labelNames("version")
            .register(registry);
    build.setLabelValues(version);
    // Not JvmMetrics, which also adds a listener to the garbage collectors that is never removed.
    JvmMemoryMetrics.builder().register(registry);
    JvmBufferPoolMetrics.builder().register(registry);
    JvmGarbageCollectorMetrics.builder().register(registry);
    JvmThreadsMetrics.builder().register(registry);
    JvmRuntimeInfoMetric.builder().register(registry);
    ProcessMetrics.builder().register(registry);
  }
}
