package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.CustomServer;
import dev.cistern.server.RegistryServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** {@code Cache-Status} (RFC 9211) on every answer. */
class CacheStatusTest extends ServerTest {

  private static final String ABSENT = "cistern; fwd=uri-miss; fwd-status=404; detail=absent";

  private final byte[] manifest = Samples.manifest();
  private final byte[] content = Samples.bytes(200_000, 31);

  private static String status(HttpResponse<?> answer) {
    assertThat(answer.headers().allValues("Cache-Status")).hasSize(1);
    return header(answer, "Cache-Status");
  }

  @Test
  void manifestIsFetchedThenHit() {
    Digest digest = upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);

    assertThat(status(server.get(manifestPath(digest))))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200; stored");
    assertThat(status(server.get(manifestPath(digest)))).isEqualTo("cistern; hit");
    assertThat(status(server.head(manifestPath(digest)))).isEqualTo("cistern; hit");
    HttpResponse<byte[]> known =
        server.get(manifestPath(digest), "If-None-Match", "\"" + digest + "\"");
    assertThat(known.statusCode()).isEqualTo(304);
    assertThat(status(known)).isEqualTo("cistern; hit");
  }

  @Test
  void tagIsFetchedThenConfirmed() {
    upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);

    assertThat(status(server.head(manifestPath("3"))))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200");
    assertThat(status(server.get(manifestPath("3"))))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200; stored");
    for (String method : List.of("GET", "HEAD")) {
      assertThat(status(server.ask(method, manifestPath("3"))))
          .isEqualTo("cistern; fwd=stale; fwd-status=200; detail=confirmed");
    }
  }

  @Test
  void freshTagTellsForHowLong() throws IOException {
    upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);
    Map<String, String> settings = Map.of("REGISTRY_PROXY_FRESHNESS", "1h");
    try (RegistryServer fresh =
            CustomServer.start(upstream.uri().toString(), settings, options -> options);
        RawClient client = new RawClient(fresh.address())) {
      client.body(client.ask("GET", manifestPath("3")).head().contentLength());

      assertThat(client.ask("GET", manifestPath("3")).head().header("Cache-Status").orElseThrow())
          .matches("cistern; hit; ttl=3[56]\\d\\d");
    }
  }

  @Test
  void blobIsFetchedThenHitWholeAndInParts() {
    Digest digest = upstream.blob(REPOSITORY, content);

    assertThat(status(server.head(blobPath(digest))))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200");
    assertThat(status(server.get(blobPath(digest))))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200; stored");
    awaitStored(digest);
    assertThat(status(server.get(blobPath(digest)))).isEqualTo("cistern; hit");
    assertThat(status(server.head(blobPath(digest)))).isEqualTo("cistern; hit");
    assertThat(status(server.get(blobPath(digest), "Range", "bytes=5-9")))
        .isEqualTo("cistern; hit");
    assertThat(status(server.get(blobPath(digest), "Range", "bytes=5-9,20-29")))
        .isEqualTo("cistern; hit");
    assertThat(status(server.get(blobPath(digest), "Range", "bytes=200000-")))
        .isEqualTo("cistern; detail=range_invalid");
  }

  @Test
  void blobOfAnotherRepositoryIsConfirmed() {
    Digest digest = upstream.blob(REPOSITORY, content);
    upstream.blob("other", content);
    server.get(blobPath(digest));
    awaitStored(digest);

    assertThat(status(server.get("/v2/other/blobs/" + digest)))
        .isEqualTo("cistern; fwd=stale; fwd-status=200; detail=confirmed");
  }

  @Test
  void requestThatJoinsAFetchIsCollapsed() {
    Tap tap = new Tap();
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(100_000);
    CompletableFuture<HttpResponse<byte[]>> first = server.askLater("GET", blobPath(digest));
    await(() -> upstream.count("GET", blobPath(digest)) == 1);
    // From now on it follows, whether the upstream has answered or not.
    CompletableFuture<HttpResponse<byte[]>> second =
        server.askLater("GET", blobPath(digest), "Range", "bytes=0-99");

    assertThat(status(second.join()))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200; collapsed; stored");
    tap.open();
    assertThat(status(first.join())).isEqualTo("cistern; fwd=uri-miss; fwd-status=200; stored");
  }

  @Test
  void listsSayWhereTheyAreFrom() {
    upstream.on(
        "/v2/a/tags/list",
        (request, reply) ->
            reply.whole(200, "{\"name\":\"a\",\"tags\":[]}".getBytes(StandardCharsets.UTF_8)));

    assertThat(status(server.get("/v2/a/tags/list")))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200");
    assertThat(status(server.get("/v2/_catalog"))).isEqualTo("cistern; detail=generated");
  }

  @Test
  void whatTheUpstreamSaysIsTold() {
    Digest digest = Digest.sha256(content);
    upstream.on(manifestPath("secret"), (request, reply) -> reply.whole(403, new byte[0]));
    upstream.on(manifestPath("busy"), (request, reply) -> reply.whole(500, new byte[0]));

    assertThat(status(server.get(manifestPath("none")))).isEqualTo(ABSENT);
    assertThat(status(server.get(manifestPath(digest)))).isEqualTo(ABSENT);
    assertThat(status(server.get(blobPath(digest)))).isEqualTo(ABSENT);
    assertThat(status(server.head(blobPath(digest)))).isEqualTo(ABSENT);
    assertThat(status(server.get("/v2/a/tags/list"))).isEqualTo(ABSENT);
    assertThat(status(server.get(manifestPath("secret"))))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=403; detail=refused");
    assertThat(status(server.get(manifestPath("busy"))))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=500; detail=server_error");
  }

  @Test
  void upstreamThatIsDownHasNoStatus() throws IOException {
    upstream.goDown();

    assertThat(status(server.get(manifestPath("3"))))
        .isEqualTo("cistern; fwd=uri-miss; detail=connection");
  }

  @Test
  void whatTheCacheAnswersItselfIsTold() {
    assertThat(status(server.get("/v2/"))).isEqualTo("cistern; detail=generated");
    assertThat(status(server.ask("DELETE", manifestPath("3"))))
        .isEqualTo("cistern; detail=unsupported");
    assertThat(status(server.ask("POST", "/v2/a/blobs/uploads/")))
        .isEqualTo("cistern; detail=unsupported");
    assertThat(status(server.get("/v2/A/manifests/3"))).isEqualTo("cistern; detail=name_invalid");
    assertThat(status(server.get("/v2/a/blobs/sha256:0")))
        .isEqualTo("cistern; detail=digest_invalid");
    assertThat(status(server.get("/v2/a/tags/list?n=x")))
        .isEqualTo("cistern; detail=pagination_number_invalid");
    assertThat(status(server.get("/nowhere"))).isEqualTo("cistern; detail=name_unknown");
  }
}
