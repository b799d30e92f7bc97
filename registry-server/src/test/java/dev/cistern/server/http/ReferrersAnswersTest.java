package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Distribution specification, "Listing Referrers" (end-12a, end-12b). */
class ReferrersAnswersTest extends ServerTest {

  private static final byte[] IMAGE = Samples.manifest();
  private static final Digest SUBJECT = Digest.sha256(IMAGE);
  private static final String LIST = "/v2/" + REPOSITORY + "/referrers/" + SUBJECT;
  private static final String SIGNATURE = descriptor("application/vnd.example.signature+json", "");
  private static final String SBOM = descriptor("application/spdx+json", "");

  private static String descriptor(String type, String data) {
    return "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"size\":7,"
        + "\"digest\":\"%s\",\"artifactType\":\"%s\",\"data\":\"%s\"}"
            .formatted(SUBJECT, type, data);
  }

  private void lists(String... descriptors) {
    byte[] body =
        ("{\"schemaVersion\":2,\"manifests\":[" + String.join(",", descriptors) + "]}")
            .getBytes(StandardCharsets.UTF_8);
    upstream.on(LIST, (request, reply) -> reply.whole(200, body, "Content-Type: application/json"));
  }

  /** The upstream has neither the list nor the tag that stands in for it. */
  private void lacks(String code) {
    byte[] error = ("{\"errors\":[{\"code\":\"" + code + "\"}]}").getBytes(StandardCharsets.UTF_8);
    upstream.on(LIST, (request, reply) -> reply.whole(404, error));
    upstream.on(
        manifestPath("sha256-" + SUBJECT.hex()), (request, reply) -> reply.whole(404, error));
  }

  private static void assertList(HttpResponse<byte[]> answer, String... descriptors) {
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Type")).isEqualTo("application/vnd.oci.image.index.v1+json");
    assertThat(header(answer, "Content-Length")).isEqualTo(String.valueOf(answer.body().length));
    assertThat(text(answer))
        .isEqualTo(
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
                + "\"manifests\":["
                + String.join(",", descriptors)
                + "]}");
  }

  @Test
  void theListIsTheUpstreams() {
    lists(SIGNATURE, SBOM);

    HttpResponse<byte[]> answer = server.get(LIST);

    assertList(answer, SIGNATURE, SBOM);
    assertThat(header(answer, "OCI-Filters-Applied")).isEqualTo("(none)");
    assertThat(header(answer, "Link")).isEqualTo("(none)");
    assertThat(header(answer, "Cache-Status"))
        .isEqualTo("cistern; fwd=uri-miss; fwd-status=200; stored");
  }

  @Test
  void headAnswersTheHeadersOfGet() {
    lists(SIGNATURE, SBOM);

    HttpResponse<byte[]> answer = server.head(LIST + "?artifactType=application/spdx%2Bjson");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Type")).isEqualTo("application/vnd.oci.image.index.v1+json");
    assertThat(header(answer, "OCI-Filters-Applied")).isEqualTo("artifactType");
    assertThat(header(answer, "Content-Length"))
        .isEqualTo(String.valueOf(server.get(LIST).body().length - SIGNATURE.length() - 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/spdx%2Bjson", "application/spdx+json"})
  void aFilterIsAppliedAndNamed(String type) {
    lists(SIGNATURE, SBOM);

    HttpResponse<byte[]> answer = server.get(LIST + "?ns=docker.io&artifactType=" + type);

    assertList(answer, SBOM);
    assertThat(header(answer, "OCI-Filters-Applied")).isEqualTo("artifactType");
    assertThat(upstream.requests())
        .filteredOn(request -> request.path().equals(LIST))
        .allSatisfy(request -> assertThat(request.target()).isEqualTo(LIST));
  }

  @Test
  void aFilterThatCannotBeReadIsNotAppliedNorNamed() {
    lists(SIGNATURE, SBOM);

    HttpResponse<byte[]> answer = server.get(LIST + "?artifactType=%ff%00");

    assertList(answer, SIGNATURE, SBOM);
    assertThat(header(answer, "OCI-Filters-Applied")).isEqualTo("(none)");
  }

  @Test
  void aListThatIsTooLargeForClientsComesInPages() {
    String large = descriptor("a/b", "x".repeat(3 << 20));
    lists(large, SBOM, large);

    HttpResponse<byte[]> first = server.get(LIST + "?artifactType=a%2Fb");
    String link = header(first, "Link");

    assertList(first, large);
    assertThat(link)
        .startsWith("<" + LIST + "?last=2-")
        .endsWith("&artifactType=a%2Fb>; rel=\"next\"");
    HttpResponse<byte[]> second = server.get(link.substring(1, link.indexOf('>')));
    assertList(second, large);
    assertThat(header(second, "Link")).isEqualTo("(none)");
  }

  @Test
  void anImageWithoutReferrersHasAnEmptyList() {
    lacks("MANIFEST_UNKNOWN");

    assertList(server.get(LIST));
    assertList(server.get(LIST + "?artifactType=a/b"));
  }

  @Test
  void onlyAnUnknownRepositoryIsA404() {
    lacks("NAME_UNKNOWN");

    HttpResponse<byte[]> answer = server.get(LIST);

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(text(answer)).contains("NAME_UNKNOWN");
  }

  @Test
  void aListIsServedAfterARestartWhenTheUpstreamIsGone() throws IOException {
    upstream.manifest(REPOSITORY, "latest", Samples.OCI_MANIFEST, IMAGE);
    lists(SIGNATURE);
    server.get("/v2/" + REPOSITORY + "/manifests/" + SUBJECT);
    assertList(server.get(LIST), SIGNATURE);
    // Storing is done when the server has stopped.
    server.stop();
    upstream.goDown();
    server = RunningServer.start(RunningServer.config(upstream, storage(), http()));

    HttpResponse<byte[]> answer = server.get(LIST);

    assertList(answer, SIGNATURE);
    assertThat(header(answer, "Warning")).startsWith("299 - \"cistern: stale");
    assertThat(header(answer, "Age")).isNotEqualTo("(none)");
    assertThat(header(answer, "Cache-Status")).startsWith("cistern; fwd=stale");
  }

  @Test
  void requestsAreRefusedAsTheSpecificationSays() {
    assertThat(server.get("/v2/" + REPOSITORY + "/referrers/latest").statusCode()).isEqualTo(400);
    assertThat(server.get(LIST + "?n=x").statusCode()).isEqualTo(400);
    assertThat(server.ask("PUT", LIST).statusCode()).isEqualTo(405);
    assertThat(upstream.requests()).isEmpty();
  }
}
