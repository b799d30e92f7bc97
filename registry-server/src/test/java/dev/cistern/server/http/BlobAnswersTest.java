package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Blobs as clients see them: distribution specification, "Pulling blobs" (end-2), and RFC 9110 for
 * conditions (section 13) and ranges (section 14). Content lies in files here.
 */
class BlobAnswersTest extends ServerTest {

  enum Temperature {
    COLD,
    WARM
  }

  /** Larger than what is withheld until verified, and no multiple of any buffer. */
  private final byte[] content = Samples.bytes(300_007, 1);

  private Digest offer(Temperature temperature) {
    Digest digest = upstream.blob(REPOSITORY, content);
    if (temperature == Temperature.WARM) {
      assertThat(server.get(blobPath(digest)).body()).isEqualTo(content);
      awaitStored(digest);
    }
    return digest;
  }

  /** The size of a blob that is being fetched is known to be right when a manifest declares it. */
  private Digest offerDeclared(Temperature temperature) {
    Digest digest = offer(temperature);
    declare(digest, content.length);
    return digest;
  }

  private String etag() {
    return '"' + Digest.sha256(content).toString() + '"';
  }

  private byte[] slice(int first, int last) {
    return Arrays.copyOfRange(content, first, last + 1);
  }

  private void assertDescribesBlob(HttpResponse<byte[]> answer) {
    assertThat(header(answer, "Docker-Content-Digest"))
        .isEqualTo(Digest.sha256(content).toString());
    assertThat(header(answer, "ETag")).isEqualTo(etag());
    assertThat(header(answer, "Cache-Control")).isEqualTo("max-age=31536000, immutable");
    assertThat(header(answer, "Docker-Distribution-Api-Version")).isEqualTo("registry/2.0");
  }

  @Nested
  class Whole {

    @ParameterizedTest
    @EnumSource
    void getMustAnswerTheBytesThatTheDigestNames(Temperature temperature) {
      HttpResponse<byte[]> answer = server.get(blobPath(offer(temperature)));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(content);
      assertThat(header(answer, "Content-Length")).isEqualTo("300007");
      assertThat(header(answer, "Content-Type")).isEqualTo("application/octet-stream");
      assertThat(header(answer, "Accept-Ranges")).isEqualTo("bytes");
      assertDescribesBlob(answer);
    }

    @ParameterizedTest
    @EnumSource
    void headAnswersTheHeadersOfGet(Temperature temperature) {
      HttpResponse<byte[]> answer = server.head(blobPath(offer(temperature)));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEmpty();
      assertThat(header(answer, "Content-Length")).isEqualTo("300007");
      assertThat(header(answer, "Content-Type")).isEqualTo("application/octet-stream");
      assertThat(header(answer, "Accept-Ranges")).isEqualTo("bytes");
      assertDescribesBlob(answer);
    }

    @Test
    void headOfAColdBlobDownloadsNothing() {
      Digest digest = offer(Temperature.COLD);

      server.head(blobPath(digest));

      assertThat(upstream.count("HEAD", blobPath(digest))).isOne();
      assertThat(upstream.count("GET", blobPath(digest))).isZero();
    }

    @Test
    void headPromisesNoLengthThatTheUpstreamDoesNotTell() {
      Digest digest = Digest.sha256(content);
      upstream.on(
          blobPath(digest), (request, reply) -> reply.head(200, "Transfer-Encoding: chunked"));

      HttpResponse<byte[]> answer = server.head(blobPath(digest));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(header(answer, "Content-Length")).isEqualTo("(none)");
      assertDescribesBlob(answer);
    }

    @Test
    void connectionIsOfUseAfterAHeadThatTellsNoLength() throws Exception {
      Digest digest = Digest.sha256(content);
      upstream.on(
          blobPath(digest), (request, reply) -> reply.head(200, "Transfer-Encoding: chunked"));

      try (RawClient client = server.connect()) {
        client.ask("HEAD", blobPath(digest)).head();
        RawClient.Head next = client.ask("GET", "/v2/").head();
        assertThat(next.status()).isEqualTo(200);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd, gzip, deflate", "*", "identity;q=0, *"})
    void bodiesAreNeverEncoded(String acceptEncoding) {
      Digest digest = offer(Temperature.WARM);

      HttpResponse<byte[]> answer = server.get(blobPath(digest), "Accept-Encoding", acceptEncoding);

      assertThat(answer.body()).isEqualTo(content);
      assertThat(header(answer, "Content-Encoding")).isEqualTo("(none)");
      assertThat(header(answer, "Content-Length")).isEqualTo("300007");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 3_000_000})
    void everySizeComesThroughColdAndWarm(int size) {
      byte[] blob = Samples.bytes(size, size);
      Digest digest = upstream.blob(REPOSITORY, blob);

      HttpResponse<byte[]> cold = server.get(blobPath(digest));
      awaitStored(digest);
      HttpResponse<byte[]> warm = server.get(blobPath(digest));

      assertThat(cold.body()).isEqualTo(blob);
      assertThat(warm.body()).isEqualTo(blob);
      assertThat(header(cold, "Content-Length")).isEqualTo(String.valueOf(size));
      assertThat(header(warm, "Content-Length")).isEqualTo(String.valueOf(size));
      assertThat(upstream.count("GET", blobPath(digest))).isOne();
    }

    @Test
    void digestsBySha512AreServedToo() throws Exception {
      byte[] hash = MessageDigest.getInstance("SHA-512").digest(content);
      Digest digest = Digest.parse("sha512:" + HexFormat.of().formatHex(hash));
      upstream.on(
          blobPath(digest),
          (request, reply) -> reply.whole(200, content, "Content-Type: application/octet-stream"));

      HttpResponse<byte[]> answer = server.get(blobPath(digest));

      assertThat(answer.body()).isEqualTo(content);
      assertThat(header(answer, "Docker-Content-Digest")).isEqualTo(digest.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void blobThatTheUpstreamDoesNotHaveMustBe404(String method) {
      HttpResponse<byte[]> answer = server.ask(method, blobPath(Digest.sha256(content)));

      assertThat(answer.statusCode()).isEqualTo(404);
      if (method.equals("GET")) {
        assertError(answer, 404, "BLOB_UNKNOWN");
      }
    }

    @Test
    void warmBlobsNeedNoUpstream() throws Exception {
      Digest digest = offer(Temperature.WARM);
      upstream.goDown();

      assertThat(server.get(blobPath(digest)).body()).isEqualTo(content);
      assertThat(server.head(blobPath(digest)).statusCode()).isEqualTo(200);
    }

    @Test
    void anotherRepositoryGetsTheBytesOnlyWhenItsUpstreamHasThem() {
      Digest digest = offer(Temperature.WARM);

      HttpResponse<byte[]> answer = server.get("/v2/private/thing/blobs/" + digest);

      assertError(answer, 404, "BLOB_UNKNOWN");
    }
  }

  @Nested
  class Conditions {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "TAG",
          "W/TAG",
          "*",
          "\"other\", TAG",
          "\"other\",TAG,\"more\"",
          "W/\"x\" ,\tW/TAG"
        })
    void ifNoneMatchThatNamesTheBlobIs304(String condition) {
      Digest digest = offer(Temperature.WARM);

      for (String method : new String[] {"GET", "HEAD"}) {
        HttpResponse<byte[]> answer =
            server.ask(method, blobPath(digest), "If-None-Match", condition.replace("TAG", etag()));

        assertThat(answer.statusCode()).isEqualTo(304);
        assertThat(answer.body()).isEmpty();
        assertDescribesBlob(answer);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"other\"", "W/\"other\"", "", "sha256", "\"*\""})
    void ifNoneMatchThatNamesOtherContentIs200(String condition) {
      Digest digest = offer(Temperature.WARM);

      HttpResponse<byte[]> answer = server.get(blobPath(digest), "If-None-Match", condition);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(content);
    }

    @Test
    void clientThatHasAColdBlobMakesNobodyDownloadIt() {
      Digest digest = offer(Temperature.COLD);

      HttpResponse<byte[]> answer = server.get(blobPath(digest), "If-None-Match", etag());

      assertThat(answer.statusCode()).isEqualTo(304);
      assertThat(upstream.count("GET", blobPath(digest))).isZero();
    }

    @Test
    void ifNoneMatchOfAnUnknownBlobIs404() {
      HttpResponse<byte[]> answer =
          server.get(blobPath(Digest.sha256(content)), "If-None-Match", "*");

      assertError(answer, 404, "BLOB_UNKNOWN");
    }

    @Test
    void ifNoneMatchGoesBeforeRange() {
      Digest digest = offer(Temperature.WARM);

      HttpResponse<byte[]> answer =
          server.get(blobPath(digest), "If-None-Match", etag(), "Range", "bytes=0-1");

      assertThat(answer.statusCode()).isEqualTo(304);
    }

    @Test
    void ifRangeThatNamesTheBlobIs206() {
      Digest digest = offer(Temperature.WARM);

      HttpResponse<byte[]> answer =
          server.get(blobPath(digest), "If-Range", etag(), "Range", "bytes=5-9");

      assertThat(answer.statusCode()).isEqualTo(206);
      assertThat(answer.body()).isEqualTo(slice(5, 9));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"other\"", "W/TAG", "Wed, 21 Oct 2015 07:28:00 GMT"})
    void ifRangeThatIsNotThisVeryBlobIs200(String condition) {
      Digest digest = offer(Temperature.WARM);

      HttpResponse<byte[]> answer =
          server.get(
              blobPath(digest), "If-Range", condition.replace("TAG", etag()), "Range", "bytes=5-9");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(content);
    }
  }

  @Nested
  class Ranges {

    @ParameterizedTest
    @CsvSource({
      "bytes=0-0, 0, 0",
      "bytes=0-299999, 0, 299999",
      "bytes=100-250000, 100, 250000",
      "bytes=300000-, 300000, 300006",
      "bytes=0-, 0, 300006",
      "bytes=-1, 300006, 300006",
      "bytes=-70000, 230007, 300006",
      "bytes=-9999999999, 0, 300006",
      "bytes=300006-99999999999999999999, 300006, 300006",
      "BYTES=7-8, 7, 8",
      "'bytes=900000-900001, 7-8', 7, 8"
    })
    void oneRangeIs206(String range, int first, int last) {
      for (Temperature temperature : Temperature.values()) {
        Digest digest = offerDeclared(temperature);

        HttpResponse<byte[]> answer = server.get(blobPath(digest), "Range", range);

        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo(slice(first, last));
        assertThat(header(answer, "Content-Range"))
            .isEqualTo("bytes " + first + "-" + last + "/300007");
        assertThat(header(answer, "Content-Length")).isEqualTo(String.valueOf(last - first + 1));
        assertThat(header(answer, "Content-Type")).isEqualTo("application/octet-stream");
        assertThat(header(answer, "Content-Encoding")).isEqualTo("(none)");
        assertDescribesBlob(answer);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"bytes=300007-", "bytes=300007-300008", "bytes=-0", "bytes=999999999999999999-"})
    void rangeOutsideTheBlobIs416(String range) {
      for (Temperature temperature : Temperature.values()) {
        HttpResponse<byte[]> answer =
            server.get(blobPath(offerDeclared(temperature)), "Range", range);

        assertError(answer, 416, "RANGE_INVALID");
        assertThat(header(answer, "Content-Range")).isEqualTo("bytes */300007");
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "bytes=5-2",
          "bytes=a-b",
          "bytes=",
          "bytes",
          "bytes=-",
          "bytes=1-2x",
          "lines=1-2",
          "bytes=0x0-0x5",
          "bytes 0-5"
        })
    void malformedRangeIsIgnored(String range) {
      HttpResponse<byte[]> answer = server.get(blobPath(offer(Temperature.WARM)), "Range", range);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(content);
    }

    @Test
    void headIgnoresRange() {
      HttpResponse<byte[]> answer =
          server.head(blobPath(offer(Temperature.WARM)), "Range", "bytes=0-1");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(header(answer, "Content-Length")).isEqualTo("300007");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "bytes=0-0,1-1",
          "bytes=10-99, 200-70000, 299999-",
          "bytes=250000-250009, 5-5, -3",
          "bytes=0-99999,100000-199999,200000-300006",
          "bytes=4-5, 900000-, 7-8"
        })
    void severalRangesAreOneMultipartBody(String range) throws Exception {
      for (Temperature temperature : Temperature.values()) {
        HttpResponse<byte[]> answer =
            server.get(blobPath(offerDeclared(temperature)), "Range", range);

        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(header(answer, "Content-Range")).isEqualTo("(none)");
        assertThat(header(answer, "Content-Length"))
            .isEqualTo(String.valueOf(answer.body().length));
        assertDescribesBlob(answer);
        ByteRanges parts = ByteRanges.parse(header(answer, "Content-Type"), answer.body());
        assertThat(parts.ranges()).isEqualTo(ByteRanges.asked(range, content.length));
        for (ByteRanges.Part part : parts.parts()) {
          assertThat(part.total()).isEqualTo(content.length);
          assertThat(part.contentType()).isEqualTo("application/octet-stream");
          assertThat(part.bytes()).isEqualTo(slice(part.first(), part.last()));
        }
      }
    }

    @Test
    void asManyRangesAsLazyClientsAskForComeInOneAnswer() throws Exception {
      StringBuilder range = new StringBuilder("bytes=");
      for (int i = 0; i < 1_000; i++) {
        range.append(i == 0 ? "" : ",").append(i * 300).append('-').append(i * 300 + 9);
      }

      HttpResponse<byte[]> answer =
          server.get(blobPath(offer(Temperature.WARM)), "Range", range.toString());

      ByteRanges parts = ByteRanges.parse(header(answer, "Content-Type"), answer.body());
      assertThat(parts.parts()).hasSize(1_000);
      assertThat(parts.parts().get(999).bytes()).isEqualTo(slice(299_700, 299_709));
    }

    @Test
    void tooManyRangesAre400SoThatClientsFallBack() {
      String overlapping = "bytes=" + "0-299999,".repeat(50) + "0-1";

      HttpResponse<byte[]> answer =
          server.get(blobPath(offer(Temperature.WARM)), "Range", overlapping);

      assertError(answer, 400, "RANGE_INVALID");
      assertThat(header(answer, "Content-Range")).isEqualTo("(none)");
    }

    @Test
    void rangeOfABlobWithoutALengthUpstreamIsAnsweredOnceItIsHere() {
      Digest digest = Digest.sha256(content);
      upstream.on(
          blobPath(digest),
          (request, reply) -> {
            reply.head(200, "Transfer-Encoding: chunked");
            reply.chunk(content, 0, content.length);
            reply.chunk(content, 0, 0);
          });

      HttpResponse<byte[]> answer = server.get(blobPath(digest), "Range", "bytes=-5");

      assertThat(answer.statusCode()).isEqualTo(206);
      assertThat(answer.body()).isEqualTo(slice(300_002, 300_006));
    }

    @Test
    void rangeOfAnEmptyBlobIs416() {
      Digest digest = upstream.blob(REPOSITORY, new byte[0]);

      HttpResponse<byte[]> answer = server.get(blobPath(digest), "Range", "bytes=0-");

      assertThat(answer.statusCode()).isEqualTo(416);
      assertThat(header(answer, "Content-Range")).isEqualTo("bytes */0");
    }

    @Test
    void errorTellsInUtf8WhatIsWrong() {
      HttpResponse<byte[]> answer =
          server.get(blobPath(offer(Temperature.WARM)), "Range", "bytes=300007-");

      assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("300007 bytes");
    }
  }
}
