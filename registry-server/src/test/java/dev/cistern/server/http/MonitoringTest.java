package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.cistern.proxy.policy.Limits;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.ServerConfig;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the dashboard and the alerts of {@code examples/monitoring} against a scrape. */
class MonitoringTest extends ServerTest {

  private static final Pattern SERIES = Pattern.compile("([a-z_]+)(?:\\{(.*)})?");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=~?\\\\?\"");
  private static final Pattern METRIC =
      Pattern.compile("\\b((?:cistern|registry_proxy|jvm|process)_[a-z_]+)(\\{[^}]*})?");
  private static final Pattern BY = Pattern.compile("\\bby \\(([a-z_, ]+)\\)");

  /** What Prometheus adds to each series. */
  private static final Set<String> OF_PROMETHEUS = Set.of("instance", "job");

  /** Names that are no metrics: of the dashboard and of its variables. */
  private static final Set<String> NO_METRICS = Set.of("cistern_");

  @Override
  HttpConfig http() {
    return RunningServer.WITH_METRICS;
  }

  /** The labels of each metric, as a server with a limit and an upstream with one have them. */
  private Map<String, Set<String>> scrape() throws IOException {
    byte[] manifest = Samples.manifest();
    upstream.on(
        manifestPath("limited"),
        (request, reply) ->
            reply.whole(
                200,
                manifest,
                "Content-Type: " + Samples.OCI_MANIFEST,
                "RateLimit-Limit: 100;w=21600",
                "RateLimit-Remaining: 42;w=21600"));
    ServerConfig config = RunningServer.config(upstream, RunningServer.inMemory(), http());
    ProxyConfig proxy =
        new ProxyConfig(
            config.proxy().main(),
            config.proxy().others(),
            config.proxy().unlisted(),
            config.proxy().hosts(),
            Limits.builder().maxSize(1 << 30).build(),
            config.proxy().memory(),
            config.proxy().local());
    Map<String, Set<String>> labels = new HashMap<>();
    try (RunningServer limited =
        RunningServer.start(
            new ServerConfig(config.log(), config.storage(), config.http(), proxy))) {
      assertThat(limited.get(manifestPath("limited")).statusCode()).isEqualTo(200);
      await(() -> limited.scrape().keySet().toString().contains("ratelimit_remaining"));
      for (String series : limited.scrape().keySet()) {
        var name = SERIES.matcher(series);
        assertThat(name.matches()).as(series).isTrue();
        Set<String> its = labels.computeIfAbsent(name.group(1), unseen -> new HashSet<>());
        if (name.group(2) != null) {
          LABEL.matcher(name.group(2)).results().forEach(label -> its.add(label.group(1)));
        }
      }
    }
    return labels;
  }

  @ParameterizedTest
  @ValueSource(strings = {"alerts.yml", "dashboard.json"})
  void eachMetricAndLabelIsThatOfAScrape(String file) throws IOException {
    Map<String, Set<String>> served = scrape();
    String text = Files.readString(Path.of("..", "examples", "monitoring", file));
    Set<String> used = new TreeSet<>();

    text.lines()
        .filter(line -> line.contains("_"))
        .forEach(
            line -> {
              Set<String> known = new HashSet<>(OF_PROMETHEUS);
              for (MatchResult metric : METRIC.matcher(line).results().toList()) {
                String name = metric.group(1);
                if (NO_METRICS.contains(name)) {
                  continue;
                }
                used.add(name);
                assertThat(served).as(line).containsKey(name);
                Set<String> its = new HashSet<>(served.getOrDefault(name, Set.of()));
                its.addAll(OF_PROMETHEUS);
                known.addAll(its);
                if (metric.group(2) != null) {
                  LABEL
                      .matcher(metric.group(2))
                      .results()
                      .forEach(label -> assertThat(its).as(line).contains(label.group(1)));
                }
              }
              BY.matcher(line)
                  .results()
                  .flatMap(by -> Pattern.compile(", ?").splitAsStream(by.group(1)))
                  .filter(label -> !known.equals(OF_PROMETHEUS))
                  .forEach(label -> assertThat(known).as(line).contains(label));
            });

    assertThat(used).hasSizeGreaterThan(5);
  }

  /** Debian's package {@code prometheus} has it. */
  @Test
  void promtoolAcceptsTheRules() throws Exception {
    Optional<Path> promtool =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .map(directory -> Path.of(directory, "promtool"))
            .filter(Files::isExecutable)
            .findFirst();
    assumeThat(promtool).as("promtool on the PATH").isPresent();

    Process check =
        new ProcessBuilder(
                promtool.orElseThrow().toString(),
                "check",
                "rules",
                Path.of("..", "examples", "monitoring", "alerts.yml").toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(check.waitFor()).as(said).isZero();
    assertThat(said).contains("SUCCESS");
  }
}
