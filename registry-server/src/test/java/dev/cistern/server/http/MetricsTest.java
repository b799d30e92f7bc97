package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.cistern.api.Digest;
import dev.cistern.server.config.HttpConfig;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a scrape shows after real pulls. */
class MetricsTest extends ServerTest {

  private final byte[] manifest = Samples.manifest();
  private final byte[] layer = Samples.bytes(300_000, 41);
  private final byte[] shared = Samples.bytes(400_000, 42);

  /** How many requests this test has made. */
  private int requests;

  @Override
  HttpConfig http() {
    return RunningServer.WITH_METRICS;
  }

  private HttpResponse<byte[]> get(String path, int status) {
    return ask("GET", path, status);
  }

  private HttpResponse<byte[]> ask(String method, String path, int status) {
    requests++;
    HttpResponse<byte[]> answer = server.ask(method, path);
    assertThat(answer.statusCode()).isEqualTo(status);
    return answer;
  }

  /** The numbers once every request that was made has been counted. */
  private Map<String, Double> scrape() {
    await(() -> sum(server.scrape(), "cistern_answers_total") == requests);
    return server.scrape();
  }

  private double followers() {
    return server.scrape().getOrDefault("cistern_fetch_followers_total", 0.0);
  }

  private static double sum(Map<String, Double> series, String name) {
    return series.entrySet().stream()
        .filter(one -> one.getKey().startsWith(name + "{"))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private static String answers(String kind, String cache) {
    return "cistern_answers_total{cache=\"" + cache + "\",kind=\"" + kind + "\"}";
  }

  private static String proxy(String name, String type) {
    return "registry_proxy_" + name + "_total{type=\"" + type + "\"}";
  }

  private String upstreams(String kind, String outcome) {
    return "cistern_upstream_requests_total{kind=\""
        + kind
        + "\",outcome=\""
        + outcome
        + "\",upstream=\""
        + name()
        + "\"}";
  }

  private String name() {
    return "127.0.0.1:" + upstream.uri().getPort();
  }

  @Test
  void pullsAddUp() throws Exception {
    // Cold.
    Digest image = upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);
    Digest digest = upstream.blob(REPOSITORY, layer);
    get(manifestPath("3"), 200);
    get(blobPath(digest), 200);
    awaitStored(digest);
    // Warm.
    get(manifestPath("3"), 200);
    get(manifestPath(image), 200);
    get(blobPath(digest), 200);
    ask("HEAD", blobPath(digest), 200);
    // Collapsed. A warm pull may have followed a fetch that was just being stored.
    double before = followers();
    Tap tap = new Tap();
    Digest common = upstream.blob(REPOSITORY, shared, tap);
    CompletableFuture<HttpResponse<byte[]>> first = server.askLater("GET", blobPath(common));
    await(() -> upstream.count("GET", blobPath(common)) == 1);
    CompletableFuture<HttpResponse<byte[]>> second = server.askLater("GET", blobPath(common));
    requests += 2;
    await(() -> followers() == before + 1);
    assertThat(server.scrape()).contains(entry("cistern_fetches_in_progress", 1.0));
    tap.open();
    assertThat(first.join().body()).isEqualTo(shared);
    assertThat(second.join().body()).isEqualTo(shared);
    // Refused, and absent.
    upstream.on(manifestPath("secret"), (request, reply) -> reply.whole(403, new byte[0]));
    get(manifestPath("secret"), 403);
    get(manifestPath("none"), 404);
    // What the cache answers itself.
    get("/v2/", 200);
    get("/v2/_catalog", 200);
    get("/v2/a/tags/list?n=x", 400);
    ask("DELETE", manifestPath("3"), 405);
    get(blobPath(Digest.sha256(new byte[9])).replace("sha256:", "sha256:x"), 400);
    // Stale, and failed.
    upstream.goDown();
    get(manifestPath("3"), 200);
    get("/v2/other/manifests/3", 502);

    Map<String, Double> series = scrape();

    int body = manifest.length;
    assertThat(series)
        .contains(
            entry(answers("manifest", "miss"), 1.0),
            entry(answers("manifest", "confirmed"), 1.0),
            entry(answers("manifest", "hit"), 1.0),
            entry(answers("manifest", "stale"), 1.0),
            entry(answers("manifest", "refused"), 1.0),
            entry(answers("manifest", "absent"), 1.0),
            entry(answers("manifest", "failed"), 1.0),
            entry(answers("blob", "miss"), 2.0),
            entry(answers("blob", "collapsed"), 1.0),
            entry(answers("blob", "hit"), 2.0),
            entry(answers("catalog", "generated"), 1.0),
            entry(answers("other", "generated"), 1.0),
            entry(answers("other", "invalid"), 3.0),
            entry("cistern_stale_answers_total{reason=\"no_answer\"}", 1.0))
        .contains(
            entry(proxy("requests", "manifest"), 7.0),
            entry(proxy("hits", "manifest"), 3.0),
            entry(proxy("misses", "manifest"), 1.0),
            entry(proxy("pulled_bytes", "manifest"), 1.0 * body),
            entry(proxy("pushed_bytes", "manifest"), 4.0 * body),
            entry(proxy("requests", "blob"), 5.0),
            entry(proxy("hits", "blob"), 2.0),
            entry(proxy("misses", "blob"), 3.0),
            entry(proxy("pulled_bytes", "blob"), 700_000.0),
            entry(proxy("pushed_bytes", "blob"), 1_400_000.0),
            entry("cistern_saved_bytes_total{type=\"manifest\"}", 3.0 * body),
            entry("cistern_saved_bytes_total{type=\"blob\"}", 700_000.0))
        .contains(
            entry(upstreams("manifest", "ok"), 1.0),
            entry(upstreams("manifest_head", "ok"), 2.0),
            entry(upstreams("manifest_head", "refused"), 1.0),
            entry(upstreams("manifest_head", "absent"), 1.0),
            entry(upstreams("blob", "ok"), 2.0),
            entry(upstreams("blob", "absent"), 0.0),
            entry("cistern_fetches_total{outcome=\"completed\"}", 2.0),
            entry("cistern_fetches_in_progress", 0.0),
            entry("cistern_fetch_followers_total", before + 1));
    // How often it is tried again differs; and on a busy machine the stale answer may come before
    // its request has failed.
    assertThat(series.get(upstreams("manifest_head", "connection"))).isPositive();
    assertThat(series)
        .containsEntry(
            "cistern_upstream_response_seconds_count{kind=\"blob\",upstream=\"" + name() + "\"}",
            2.0)
        .containsEntry("cistern_upstream_transfer_seconds_count{upstream=\"" + name() + "\"}", 2.0);
    assertThat(sum(series, "cistern_http_requests_total")).isEqualTo(requests);
    assertThat(series.get("cistern_http_response_bytes_total"))
        .isGreaterThan(1_400_000.0 + 4.0 * body);
  }

  @Test
  void everyBoundedLabelIsThereFromTheStart() {
    Map<String, Double> series = server.scrape();

    for (Outcome.Kind kind : Outcome.Kind.values()) {
      for (CacheResult result : CacheResult.values()) {
        assertThat(series)
            .containsEntry(answers(kind.name().toLowerCase(Locale.ROOT), result.word()), 0.0);
      }
    }
    for (String type : List.of("blob", "manifest")) {
      for (String name : List.of("requests", "hits", "misses", "pulled_bytes", "pushed_bytes")) {
        assertThat(series).containsEntry(proxy(name, type), 0.0);
      }
      assertThat(series).containsEntry("cistern_saved_bytes_total{type=\"" + type + "\"}", 0.0);
    }
    assertThat(series)
        .contains(
            entry(upstreams("blob", "ok"), 0.0),
            entry(upstreams("tags", "timeout"), 0.0),
            entry("cistern_upstream_down{upstream=\"" + name() + "\"}", 0.0),
            entry(
                "cistern_upstream_token_requests_total{outcome=\"obtained\",upstream=\""
                    + name()
                    + "\"}",
                0.0),
            entry("cistern_stale_answers_total{reason=\"rate_limited\"}", 0.0),
            entry("cistern_evicted_contents_total{reason=\"idle\"}", 0.0),
            entry("cistern_fetch_pieces_total{kind=\"relay\"}", 0.0),
            entry("cistern_fetch_piece_bytes_total{kind=\"reader\"}", 0.0),
            entry("cistern_fetch_piece_unused_bytes_total", 0.0),
            entry("cistern_fetch_connections_open", 0.0),
            entry("cistern_fetch_connections_total", 0.0),
            entry("cistern_fetch_connections_refused_total{reason=\"limited\"}", 0.0),
            entry("cistern_storage_faults_total{kind=\"read\"}", 0.0),
            entry("cistern_http_requests_total{method=\"GET\",status=\"502\"}", 0.0),
            entry("cistern_build_info{version=\"(not packaged)\"}", 1.0));
    assertThat(series)
        .containsKeys("process_cpu_seconds_total", "jvm_memory_used_bytes{area=\"heap\"}");
  }

  @Test
  void upstreamThatIsNotAskedIsDown() throws Exception {
    upstream.goDown();
    for (int i = 0; i < 5; i++) {
      get("/v2/a/manifests/" + i, 502);
    }

    assertThat(scrape()).containsEntry("cistern_upstream_down{upstream=\"" + name() + "\"}", 1.0);
  }

  @Test
  void whatClientsMakeUpMakesNoSeries() {
    get("/v2/", 200);
    int before = scrape().size();
    for (int i = 0; i < 50; i++) {
      ask("M" + i, "/v2/made-up-" + i + "/manifests/x", 405);
      get("/v2/made-up-" + i + "/manifests/" + i, 404);
      get("/made/up/" + i, 404);
    }

    Map<String, Double> after = scrape();
    // The method that is none of the protocol's, with the one status that it has.
    assertThat(after).hasSize(before + 1);
    assertThat(after)
        .containsEntry("cistern_http_requests_total{method=\"other\",status=\"405\"}", 50.0);
  }

  @Test
  void everyMetricIsDocumentedAndNoOther() throws IOException {
    get("/v2/", 200);

    Set<String> served =
        scrape().keySet().stream()
            .map(series -> series.replaceFirst("(_(bucket|sum|count))?(\\{.*)?$", ""))
            .filter(name -> !name.startsWith("jvm_") && !name.startsWith("process_"))
            .collect(Collectors.toCollection(TreeSet::new));
    // Shown once the upstream has told its limit; without a limit on the disk there is none.
    served.add("cistern_upstream_ratelimit_limit");
    served.add("cistern_upstream_ratelimit_remaining");
    served.add("cistern_storage_limit_bytes");
    Set<String> documented =
        Pattern.compile("(?m)^\\| `((cistern|registry_proxy)_\\w+)` \\|")
            .matcher(Files.readString(Path.of("..", "docs", "operations.md")))
            .results()
            .map(row -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(documented).isEqualTo(served);
  }
}
