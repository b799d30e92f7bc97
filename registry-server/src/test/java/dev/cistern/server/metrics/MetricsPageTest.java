package dev.cistern.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.storage.memory.MemoryDriver;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds the table of metrics in {@code docs/operations.md} against what is served. */
class MetricsPageTest {

  private static final Path PAGE = Path.of("..", "docs", "operations.md");

  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(cistern_\\w+)` \\|");
  private static final Pattern SERVED = Pattern.compile("(?m)^# TYPE (\\w+) ");

  @Test
  void everyMetricIsDocumentedAndNothingElse(@TempDir Path spool) throws IOException {
    ServerMetrics metrics = new ServerMetrics();
    metrics.answered("GET", 200, 1);
    metrics.rateLimit("registry.example", 100, 42);
    Limits limits = Limits.builder().maxSize(1_000_000).build();
    try (PullThroughCache cache =
        PullThroughCache.builder()
            .upstream(UpstreamConfig.builder("http://127.0.0.1:9").build())
            .storage(new MemoryDriver())
            .spoolDirectory(spool)
            .limits(limits)
            .build()) {
      metrics.watch(cache, limits);

      assertThat(matches(ROW, Files.readString(PAGE)))
          .containsExactlyInAnyOrderElementsOf(matches(SERVED, text(metrics)));
    }
  }

  private static String text(ServerMetrics metrics) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.builder().build().write(out, metrics.snapshot());
    return out.toString(StandardCharsets.UTF_8);
  }

  private static Set<String> matches(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map((MatchResult match) -> match.group(1))
        .collect(Collectors.toSet());
  }
}
