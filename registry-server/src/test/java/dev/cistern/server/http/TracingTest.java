package dev.cistern.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.tracing.OtlpCollector;
import dev.cistern.server.tracing.OtlpCollector.Received;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The spans that a collector gets. */
class TracingTest extends ServerTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CLIENT_SPAN = "00f067aa0ba902b7";
  private static final String BLOB_REQUEST = "GET /v2/{name}/blobs/{digest}";
  private static final String MANIFEST_REQUEST = "GET /v2/{name}/manifests/{reference}";
  private static final byte[] LAYER = Samples.bytes(300_000, 17);

  private OtlpCollector collector;

  @BeforeEach
  @Override
  void start() throws IOException {
    collector = OtlpCollector.start();
    upstream = FakeUpstream.start();
    server = traced(Map.of());
  }

  @AfterEach
  @Override
  void stop() throws IOException {
    super.stop();
    collector.close();
  }

  private RunningServer traced(Map<String, String> more) throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
    environment.put("OTEL_BSP_SCHEDULE_DELAY", "10");
    environment.putAll(more);
    return RunningServer.start(RunningServer.config(upstream, storage(), http()), environment);
  }

  private static String parent(String trace, String span) {
    return "00-" + trace + "-" + span + "-01";
  }

  private Received awaitRequest(String name) {
    return collector.await(
        span -> span.kind() == SpanKind.SPAN_KIND_SERVER && span.name().equals(name));
  }

  private Received awaitCall(String name) {
    return collector.await(
        span -> span.kind() == SpanKind.SPAN_KIND_CLIENT && span.name().equals(name));
  }

  private String upstreamName() {
    return upstream.uri().getAuthority();
  }

  @Test
  void aFetchIsBetweenTheRequestOfTheClientAndTheCallOfTheUpstream() {
    Digest digest = upstream.blob(REPOSITORY, LAYER);

    assertThat(
            server
                .get(
                    blobPath(digest),
                    "traceparent",
                    parent(TRACE, CLIENT_SPAN),
                    "tracestate",
                    "vendor=secret",
                    "baggage",
                    "user=alice")
                .body())
        .isEqualTo(LAYER);

    Received request = awaitRequest(BLOB_REQUEST);
    Received fetch = collector.await("fetch blob");
    Received call = awaitCall(BLOB_REQUEST);
    assertThat(List.of(request, fetch, call)).extracting(Received::trace).containsOnly(TRACE);
    assertThat(request.parent()).isEqualTo(CLIENT_SPAN);
    assertThat(fetch.parent()).isEqualTo(request.id());
    assertThat(call.parent()).isEqualTo(fetch.id());
    assertThat(List.of(request, fetch, call))
        .allSatisfy(
            span -> {
              assertThat(span.failed()).isFalse();
              assertThat(span.service()).isEqualTo("cistern");
              assertThat(span.end()).isGreaterThanOrEqualTo(span.start());
            });
    assertThat(request.attributes())
        .containsEntry("http.request.method", "GET")
        .containsEntry("http.route", "/v2/{name}/blobs/{digest}")
        .containsEntry("http.response.status_code", "200")
        .containsEntry("http.response.body.size", "300000")
        .containsEntry("url.path", blobPath(digest))
        .containsEntry("url.scheme", "http")
        .containsEntry("cistern.cache_status", "miss")
        .containsEntry("cistern.repository", REPOSITORY)
        .containsEntry("cistern.upstream", upstreamName())
        .containsEntry(
            "http.response.header.cache-status", "cistern; fwd=uri-miss; fwd-status=200; stored")
        .doesNotContainKeys("client.address", "user_agent.original", "cistern.cut");
    assertThat(fetch.attributes())
        .containsEntry("cistern.digest", digest.toString())
        .containsEntry("cistern.repository", REPOSITORY)
        .containsEntry("http.response.body.size", "300000");
    assertThat(call.attributes())
        .containsEntry("http.request.method", "GET")
        .containsEntry("server.address", "127.0.0.1")
        .containsEntry("server.port", Integer.toString(upstream.uri().getPort()))
        .containsEntry("cistern.target", "blob " + digest + " of " + REPOSITORY)
        .containsEntry("http.response.status_code", "200")
        .containsEntry("http.response.body.size", "300000");
  }

  @Test
  void noHeaderOfTracingGoesToTheUpstream() {
    Digest digest = upstream.blob(REPOSITORY, LAYER);
    server.get(
        blobPath(digest),
        "traceparent",
        parent(TRACE, CLIENT_SPAN),
        "tracestate",
        "vendor=secret",
        "baggage",
        "user=alice");

    assertThat(upstream.requests())
        .isNotEmpty()
        .allSatisfy(
            request ->
                assertThat(request.headers())
                    .doesNotContainKeys("traceparent", "tracestate", "baggage", "b3"));
  }

  @Test
  void aHitIsOneSpan() {
    Digest digest = upstream.blob(REPOSITORY, LAYER);
    server.get(blobPath(digest));
    awaitStored(digest);
    String trace = "0".repeat(31) + "1";
    server.get(blobPath(digest), "traceparent", parent(trace, CLIENT_SPAN));

    Received hit =
        collector.await(
            span ->
                span.trace().equals(trace)
                    && "hit".equals(span.attributes().get("cistern.cache_status")));
    assertThat(hit.parent()).isEqualTo(CLIENT_SPAN);
    assertThat(hit.attributes()).doesNotContainKey("cistern.upstream");
    assertThat(collector.spans()).filteredOn(span -> span.trace().equals(trace)).hasSize(1);
  }

  @Test
  void aRequestThatJoinsAFetchHasALinkToIt() throws IOException {
    Tap tap = new Tap();
    Digest digest = upstream.blob(REPOSITORY, LAYER, tap);
    String other = "0".repeat(31) + "2";
    try (RawClient first = server.connect();
        RawClient second = server.connect()) {
      first.ask("GET", blobPath(digest), "traceparent: " + parent(TRACE, CLIENT_SPAN)).head();
      second.ask("GET", blobPath(digest), "traceparent: " + parent(other, CLIENT_SPAN)).head();
      tap.open();
      assertThat(first.body(LAYER.length)).isEqualTo(LAYER);
      assertThat(second.body(LAYER.length)).isEqualTo(LAYER);
    }

    Received fetch = collector.await("fetch blob");
    Received follower =
        collector.await(
            span -> span.trace().equals(other) && span.kind() == SpanKind.SPAN_KIND_SERVER);
    assertThat(fetch.trace()).isEqualTo(TRACE);
    assertThat(follower.attributes()).containsEntry("cistern.cache_status", "collapsed");
    assertThat(follower.links()).containsExactly(fetch.id());
    assertThat(collector.spans()).filteredOn(span -> span.name().equals("fetch blob")).hasSize(1);
  }

  @Test
  void aCallForATagIsAChildOfTheRequest() {
    upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, Samples.manifest());
    assertThat(
            server.get(manifestPath("3"), "traceparent", parent(TRACE, CLIENT_SPAN)).statusCode())
        .isEqualTo(200);

    Received request = awaitRequest(MANIFEST_REQUEST);
    Received call = awaitCall(MANIFEST_REQUEST);
    assertThat(request.attributes()).containsEntry("cistern.cache_status", "miss");
    assertThat(call.parent()).isEqualTo(request.id());
    assertThat(call.trace()).isEqualTo(TRACE);
  }

  @Test
  void aTokenIsAChildOfTheCallThatNeedsItAndHasNoSecret() {
    String challenge =
        "WWW-Authenticate: Bearer realm=\"%s/token?sig=hidden\",service=\"hidden\""
            .formatted(upstream.uri());
    byte[] manifest = Samples.manifest();
    upstream.on(
        manifestPath("3"),
        (request, reply) -> {
          if (request.header("Authorization").isEmpty()) {
            reply.whole(401, new byte[0], challenge);
          } else {
            reply.whole(200, manifest, "Content-Type: " + Samples.OCI_MANIFEST);
          }
        });
    upstream.on(
        "/token",
        (request, reply) ->
            reply.whole(
                200, "{\"token\":\"hidden\"}".getBytes(UTF_8), "Content-Type: application/json"));

    assertThat(
            server.get(manifestPath("3"), "traceparent", parent(TRACE, CLIENT_SPAN)).statusCode())
        .isEqualTo(200);

    Received token = collector.await("GET token");
    Received call = collector.await(span -> span.id().equals(token.parent()));
    assertThat(call.kind()).isEqualTo(SpanKind.SPAN_KIND_CLIENT);
    assertThat(call.name()).endsWith("/v2/{name}/manifests/{reference}");
    assertThat(call.attributes()).containsEntry("http.response.status_code", "200");
    assertThat(token.trace()).isEqualTo(TRACE);
    assertThat(token.kind()).isEqualTo(SpanKind.SPAN_KIND_CLIENT);
    assertThat(token.failed()).isFalse();
    assertThat(token.attributes())
        .containsOnly(
            Map.entry("http.request.method", "GET"),
            Map.entry("http.response.status_code", "200"),
            Map.entry("server.address", "127.0.0.1"),
            Map.entry("server.port", Integer.toString(upstream.uri().getPort())),
            Map.entry("cistern.upstream", upstreamName()));
    assertThat(collector.spans()).asString().doesNotContain("hidden");
  }

  @Test
  void aTokenThatIsRefusedFailsItsSpan() {
    upstream.on(
        manifestPath("3"),
        (request, reply) ->
            reply.whole(
                401,
                new byte[0],
                "WWW-Authenticate: Bearer realm=\"%s/token\"".formatted(upstream.uri())));
    upstream.on("/token", (request, reply) -> reply.whole(403, new byte[0]));

    assertThat(server.get(manifestPath("3")).statusCode()).isEqualTo(403);

    Received token = collector.await("GET token");
    assertThat(token.failed()).isTrue();
    assertThat(token.attributes())
        .containsEntry("http.response.status_code", "403")
        .containsEntry("error.type", "403");
    assertThat(awaitCall(MANIFEST_REQUEST).attributes())
        .containsEntry("http.response.status_code", "401");
  }

  @Test
  void anAnswerThatIsWrongHasItsStatus() {
    Digest digest = Digest.sha256(Samples.manifest());
    upstream.on(
        manifestPath(digest.toString()),
        (request, reply) ->
            reply.whole(200, new byte[] {1}, "Content-Type: " + Samples.OCI_MANIFEST));

    assertThat(server.get(manifestPath(digest.toString())).statusCode()).isEqualTo(502);

    Received call = awaitCall(MANIFEST_REQUEST);
    assertThat(call.failed()).isTrue();
    assertThat(call.attributes()).containsEntry("http.response.status_code", "200");
  }

  @Test
  void anErrorOfTheClientIsOneOfTheCallOnly() {
    assertThat(server.get(manifestPath("absent")).statusCode()).isEqualTo(404);

    Received request = awaitRequest(MANIFEST_REQUEST);
    Received call = awaitCall(MANIFEST_REQUEST);
    assertThat(request.failed()).isFalse();
    assertThat(request.attributes())
        .containsEntry("http.response.status_code", "404")
        .containsEntry("cistern.cache_status", "absent");
    assertThat(call.failed()).isTrue();
    assertThat(call.attributes())
        .containsEntry("error.type", "absent")
        .containsEntry("http.response.status_code", "404");
  }

  @Test
  void aFailureOfTheUpstreamFailsAllSpans() throws IOException {
    Digest digest = Digest.sha256(LAYER);
    upstream.on(blobPath(digest), (request, reply) -> reply.whole(500, new byte[0]));
    assertThat(server.get(blobPath(digest)).statusCode()).isEqualTo(502);

    assertThat(List.of(awaitRequest(BLOB_REQUEST), awaitCall(BLOB_REQUEST)))
        .allSatisfy(span -> assertThat(span.failed()).isTrue());
    Received fetch = collector.await("fetch blob");
    assertThat(fetch.failed()).isTrue();
    assertThat(fetch.attributes()).containsEntry("error.type", "server_error");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E473G-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736",
        "nonsense"
      })
  void aParentThatIsInvalidIsIgnored(String parent) {
    assertThat(server.get("/v2/", "traceparent", parent).statusCode()).isEqualTo(200);

    Received request = awaitRequest("GET /v2/");
    assertThat(request.parent()).isEmpty();
    assertThat(request.trace()).isNotEqualTo(TRACE);
  }

  @Test
  void namesOfSpansAreFewWhateverIsRequested() throws IOException {
    assertThat(server.ask("BREW", "/v2/a/b/c/d").statusCode()).isGreaterThanOrEqualTo(400);

    Received request = awaitRequest("_OTHER");
    assertThat(request.attributes())
        .containsEntry("http.request.method", "_OTHER")
        .doesNotContainKey("http.route");
  }

  @Test
  void aCollectorThatIsDownCostsNoRequest() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, LAYER);
    collector.close();

    assertThat(server.get(blobPath(digest)).body()).isEqualTo(LAYER);
  }

  @Test
  void theLastSpansAreSentWhenTheServerStops() throws IOException {
    server.close();
    server = traced(Map.of("OTEL_BSP_SCHEDULE_DELAY", "600000", "OTEL_SERVICE_NAME", "hub-cache"));
    assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
    server.stop();
    server = traced(Map.of());

    assertThat(awaitRequest("GET /v2/").service()).isEqualTo("hub-cache");
  }
}
