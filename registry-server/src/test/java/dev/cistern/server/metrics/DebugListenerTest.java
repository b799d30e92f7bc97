package dev.cistern.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.PullThroughCacheBuilder;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.upstream.RateLimit;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.server.config.DebugConfig;
import dev.cistern.server.config.HealthConfig;
import dev.cistern.server.config.ListenAddress;
import dev.cistern.server.health.CacheHealth;
import dev.cistern.server.health.Health;
import dev.cistern.server.health.StorageProbe;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DebugListenerTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static DebugConfig at(int port, Optional<String> path) {
    return new DebugConfig(new ListenAddress(Optional.of("127.0.0.1"), port), path);
  }

  private static HttpResponse<String> get(DebugListener listener, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + listener.address().getPort() + path);
    return CLIENT.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static DebugListener start(DebugConfig config, ServerMetrics metrics) throws IOException {
    StorageDriver driver = new MemoryDriver();
    HealthConfig unchecked =
        new HealthConfig(HealthConfig.Check.DISABLED, Duration.ofSeconds(1), 1);
    Health health =
        new Health(
            "inmemory",
            StorageProbe.start(driver, unchecked),
            new CacheHealth(),
            () -> new DiskUsage(0, 0, 0, true),
            Set.of());
    return DebugListener.start(config, metrics, health);
  }

  private static ServerMetrics metrics() {
    return new ServerMetrics("1.2.3");
  }

  @Test
  void metricsAreServedInTheTextFormat() throws Exception {
    ServerMetrics metrics = metrics();
    metrics
        .listeners()
        .forEach(
            listener ->
                listener.rateLimitSeen(
                    "registry-1.docker.io", new RateLimit(100, 42, Optional.empty())));
    try (DebugListener listener = start(at(0, Optional.of("/metrics")), metrics)) {
      HttpResponse<String> answer = get(listener, "/metrics");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/plain");
      assertThat(answer.body())
          .contains("cistern_build_info{version=\"1.2.3\"} 1")
          .contains("cistern_upstream_ratelimit_limit{upstream=\"registry-1.docker.io\"} 100.0")
          .contains("cistern_upstream_ratelimit_remaining{upstream=\"registry-1.docker.io\"} 42.0");
    }
  }

  private static PullThroughCacheBuilder unreachable() {
    return PullThroughCache.builder()
        .upstream(UpstreamConfig.builder("http://127.0.0.1:9").build());
  }

  @Test
  void whatTheCacheKeepsIsReadWhenItIsAskedFor(@TempDir Path spool) throws Exception {
    ServerMetrics metrics = metrics();
    Limits limits = Limits.builder().maxSize(1_000_000).build();
    try (PullThroughCache cache =
            unreachable().storage(new MemoryDriver()).spoolDirectory(spool).limits(limits).build();
        DebugListener listener = start(at(0, Optional.of("/m")), metrics)) {
      metrics.watch(cache);

      assertThat(get(listener, "/m").body())
          .contains("cistern_storage_contents 0.0")
          .contains("cistern_storage_content_bytes 0.0")
          .contains("cistern_storage_used_bytes 0.0")
          .contains("cistern_storage_limit_bytes 1000000.0")
          .contains("cistern_storage_indexed ")
          .contains("cistern_evicted_contents_total{reason=\"idle\"} 0.0")
          .contains("cistern_evicted_contents_total{reason=\"size\"} 0.0")
          .contains("cistern_evicted_contents_total{reason=\"free_space\"} 0.0")
          .contains("cistern_storage_faults_total{kind=\"read\"} 0.0")
          .contains("cistern_storage_faults_total{kind=\"sweep\"} 0.0");

      cache.reconfigure(unreachable().limits(Limits.builder().maxSize(2_000_000).build()));
      assertThat(get(listener, "/m").body()).contains("cistern_storage_limit_bytes 2000000.0");
      cache.reconfigure(unreachable());
      assertThat(get(listener, "/m").body()).doesNotContain("cistern_storage_limit_bytes ");
    }
  }

  @Test
  void thereAreNoMetricsUnlessTheyAreEnabled() throws Exception {
    try (DebugListener listener = start(at(0, Optional.empty()), metrics())) {
      assertThat(get(listener, "/metrics").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void anAddressInUseIsToldByItsKey() throws Exception {
    ServerMetrics metrics = metrics();
    try (DebugListener first = start(at(0, Optional.empty()), metrics)) {
      assertThatThrownBy(() -> start(at(first.address().getPort(), Optional.empty()), metrics))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("http.debug.addr: cannot listen on 127.0.0.1:")
          .hasMessageEndingWith("; stop the other process, or choose another port");
    }
  }
}
