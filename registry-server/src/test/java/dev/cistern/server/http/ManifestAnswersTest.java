package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Manifests: distribution specification, "Pulling manifests" (end-3). */
class ManifestAnswersTest extends ServerTest {

  private static final String LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

  private final byte[] manifest = Samples.manifest();
  private final Digest digest = Digest.sha256(manifest);

  private void assertDescribesManifest(HttpResponse<byte[]> answer, String cacheControl) {
    assertThat(header(answer, "Docker-Content-Digest")).isEqualTo(digest.toString());
    assertThat(header(answer, "ETag")).isEqualTo("\"" + digest + "\"");
    assertThat(header(answer, "Cache-Control")).isEqualTo(cacheControl);
    assertThat(header(answer, "Docker-Distribution-Api-Version")).isEqualTo("registry/2.0");
    assertThat(header(answer, "Content-Encoding")).isEqualTo("(none)");
  }

  @Nested
  class Content {

    @Test
    void getByDigestMustAnswerTheVeryBytes() {
      upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);

      HttpResponse<byte[]> answer = server.get(manifestPath(digest));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(manifest);
      assertThat(header(answer, "Content-Type")).isEqualTo(Samples.OCI_MANIFEST);
      assertThat(header(answer, "Content-Length")).isEqualTo(String.valueOf(manifest.length));
      assertDescribesManifest(answer, "max-age=31536000, immutable");
    }

    @Test
    void getByTagMustAnswerTheVeryBytesAndAsksToBeAskedAgain() {
      upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);

      HttpResponse<byte[]> answer = server.get(manifestPath("3"));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(manifest);
      assertThat(header(answer, "Content-Length")).isEqualTo(String.valueOf(manifest.length));
      assertDescribesManifest(answer, "no-cache");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void headAnswersTheHeadersOfGet(boolean byTag) {
      upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);
      String path = manifestPath(byTag ? "3" : digest);

      HttpResponse<byte[]> head = server.head(path);

      assertThat(head.statusCode()).isEqualTo(200);
      assertThat(head.body()).isEmpty();
      assertThat(header(head, "Content-Type")).isEqualTo(Samples.OCI_MANIFEST);
      assertThat(header(head, "Content-Length")).isEqualTo(String.valueOf(manifest.length));
      assertDescribesManifest(head, byTag ? "no-cache" : "max-age=31536000, immutable");
    }

    @Test
    void headOfATagDownloadsNoManifest() {
      upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);

      server.head(manifestPath("3"));

      assertThat(upstream.requests()).hasToString("[HEAD " + manifestPath("3") + "]");
    }

    @ParameterizedTest
    @CsvSource({
      "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.manifest.v1+json",
      "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.index.v1+json",
      LIST + "," + LIST,
      "application/vnd.docker.distribution.manifest.v1+prettyjws,"
          + " application/vnd.docker.distribution.manifest.v1+prettyjws",
      "application/vnd.oci.artifact.manifest.v1+json, application/vnd.oci.artifact.manifest.v1+json",
      "application/x.never.heard-of+json, application/x.never.heard-of+json",
      "application/vnd.oci.image.index.v1+json; charset=utf-8,"
          + " application/vnd.oci.image.index.v1+json"
    })
    void mediaTypeMustBeTheUpstreamsWithoutParameters(String upstreams, String expected)
        throws IOException {
      upstream.manifest(REPOSITORY, "3", upstreams, manifest);

      assertThat(header(server.get(manifestPath("3")), "Content-Type")).isEqualTo(expected);
      assertThat(header(server.get(manifestPath(digest)), "Content-Type")).isEqualTo(expected);
      assertThat(header(server.head(manifestPath(digest)), "Content-Type")).isEqualTo(expected);

      awaitKept("3");
      server.stop();
      server = RunningServer.start(upstream, storage());
      upstream.goDown();
      HttpResponse<byte[]> restarted = server.get(manifestPath(digest));
      assertThat(header(restarted, "Content-Type")).isEqualTo(expected);
      assertThat(restarted.body()).isEqualTo(manifest);
    }

    @Test
    void manifestsOfFourMebibytesMustPass() {
      byte[] large =
          ("{\"schemaVersion\":2,\"annotations\":{\"a\":\"" + "x".repeat(5 << 20) + "\"}}")
              .getBytes(StandardCharsets.UTF_8);
      upstream.manifest(REPOSITORY, "large", Samples.OCI_MANIFEST, large);

      assertThat(server.get(manifestPath("large")).body()).isEqualTo(large);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd, gzip, deflate"})
    void bodiesAreNeverEncoded(String acceptEncoding) {
      upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);

      HttpResponse<byte[]> answer =
          server.get(manifestPath("3"), "Accept-Encoding", acceptEncoding);

      assertThat(answer.body()).isEqualTo(manifest);
      assertDescribesManifest(answer, "no-cache");
    }

    @Test
    void acceptOfClientsDoesNotChangeTheAnswer() {
      upstream.manifest(REPOSITORY, "3", LIST, manifest);

      HttpResponse<byte[]> answer =
          server.get(manifestPath("3"), "Accept", Samples.OCI_MANIFEST, "Accept", "*/*");

      assertThat(header(answer, "Content-Type")).isEqualTo(LIST);
      assertThat(answer.body()).isEqualTo(manifest);
    }

    @Test
    void tagThatSignersUseInPlaceOfReferrersIsATagLikeAnyOther() {
      String tag = "sha256-" + digest.hex() + ".sig";
      upstream.manifest(REPOSITORY, tag, Samples.OCI_MANIFEST, manifest);

      assertThat(server.get(manifestPath(tag)).body()).isEqualTo(manifest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a/b/c/d/e/f", "manifests/blobs/tags", "tags/list", "x.y_z/a--b"})
    void namesHaveAnyNumberOfComponents(String name) {
      upstream.manifest(name, "3", Samples.OCI_MANIFEST, manifest);

      assertThat(server.get("/v2/" + name + "/manifests/3").body()).isEqualTo(manifest);
    }
  }

  @Nested
  class Conditions {

    @ParameterizedTest
    @ValueSource(strings = {"TAG", "W/TAG", "*", "\"other\", TAG"})
    void ifNoneMatchThatNamesTheManifestIs304(String condition) {
      upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);

      for (String method : new String[] {"GET", "HEAD"}) {
        HttpResponse<byte[]> answer =
            server.ask(
                method,
                manifestPath("3"),
                "If-None-Match",
                condition.replace("TAG", "\"" + digest + "\""));

        assertThat(answer.statusCode()).isEqualTo(304);
        assertThat(answer.body()).isEmpty();
        assertDescribesManifest(answer, "no-cache");
      }
    }

    @Test
    void tagThatHasMovedIs200ForWhoHasTheOldManifest() {
      upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);
      server.get(manifestPath("3"));
      byte[] moved = "{\"schemaVersion\":2}".getBytes(StandardCharsets.UTF_8);
      upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, moved);

      HttpResponse<byte[]> answer =
          server.get(manifestPath("3"), "If-None-Match", "\"" + digest + "\"");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(moved);
    }
  }

  @Nested
  class Failures {

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void manifestThatTheUpstreamDoesNotHaveMustBe404(String method) {
      HttpResponse<byte[]> byTag = server.ask(method, manifestPath("absent"));
      HttpResponse<byte[]> byDigest = server.ask(method, manifestPath(digest));

      assertThat(byTag.statusCode()).isEqualTo(404);
      assertThat(byDigest.statusCode()).isEqualTo(404);
      if (method.equals("GET")) {
        assertThat(text(byTag)).contains("_UNKNOWN\"");
        assertThat(text(byDigest)).contains("_UNKNOWN\"");
      } else {
        assertThat(byTag.body()).isEmpty();
      }
      assertThat(header(byTag, "Docker-Distribution-Api-Version")).isEqualTo("registry/2.0");
    }

    @Test
    void bytesThatAreNotOfTheDigestAreNeverAnswered() {
      upstream.on(
          manifestPath(digest),
          (request, reply) ->
              reply.whole(
                  200,
                  "{\"schemaVersion\":2}".getBytes(StandardCharsets.UTF_8),
                  "Content-Type: " + Samples.OCI_MANIFEST));

      assertError(server.get(manifestPath(digest)), 502, "UNAVAILABLE");
    }

    @Test
    void upstreamThatFailsIsNotTakenForAbsence() {
      upstream.on(
          manifestPath("3"), (request, reply) -> reply.whole(500, new byte[0], "X-Any: thing"));

      assertError(server.get(manifestPath("3")), 502, "UNAVAILABLE");
    }

    @Test
    void upstreamThatIsDownIsNotTakenForAbsence() throws IOException {
      upstream.goDown();

      assertError(server.get(manifestPath("3")), 502, "UNAVAILABLE");
      assertThat(server.head(manifestPath("3")).statusCode()).isEqualTo(502);
    }

    @Test
    void upstreamThatIsAskedTooOftenPassesItsRetryAfterOn() {
      upstream.on(
          manifestPath(digest),
          (request, reply) -> reply.whole(429, new byte[0], "Retry-After: 17"));

      HttpResponse<byte[]> answer = server.get(manifestPath(digest));

      assertError(answer, 429, "TOOMANYREQUESTS");
      assertThat(header(answer, "Retry-After")).isEqualTo("17");
    }

    @Test
    void knownTagIsAnsweredStaleAndMarkedWhileTheUpstreamIsDown() throws IOException {
      upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);
      server.get(manifestPath("3"));
      awaitKept("3");
      upstream.goDown();

      for (String method : new String[] {"GET", "HEAD"}) {
        HttpResponse<byte[]> answer = server.ask(method, manifestPath("3"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "Warning"))
            .matches(
                "299 - \"cistern: stale(, last confirmed \\d+ s ago)?:"
                    + " (Cannot get manifest .*|the upstream takes too long to answer)\"");
        assertThat(header(answer, "Age")).containsOnlyDigits();
        assertThat(header(answer, "Content-Length")).isEqualTo(String.valueOf(manifest.length));
        assertDescribesManifest(answer, "no-cache");
        if (method.equals("GET")) {
          assertThat(answer.body()).isEqualTo(manifest);
        }
      }
    }

    @Test
    void confirmedTagCarriesNoWarning() {
      upstream.manifest(REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);

      HttpResponse<byte[]> answer = server.get(manifestPath("3"));

      assertThat(header(answer, "Warning")).isEqualTo("(none)");
      assertThat(header(answer, "Age")).isEqualTo("(none)");
    }
  }

  /** Waits until storage knows the tag: its link is the last thing that is written. */
  private void awaitKept(String tag) {
    await(
        () ->
            Files.exists(
                directory
                    .resolve("docker/registry/v2/repositories")
                    .resolve(REPOSITORY)
                    .resolve("_manifests/tags")
                    .resolve(tag)
                    .resolve("current/link")));
  }
}
