package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GET and HEAD of blobs (distribution specification, end-2), whole and from a position on. */
@Timeout(60)
class BlobTest {

  private MockResponse answer = Samples.blobAnswer();
  private final FakeServer registry = FakeServer.start(request -> answer);
  private final Upstream upstream =
      Upstreams.connect(UpstreamConfig.builder(registry.url()).build());

  @AfterEach
  void stop() {
    upstream.close();
    registry.close();
  }

  private static MockResponse.Builder partFrom(int position) {
    return new MockResponse.Builder()
        .code(206)
        .setHeader(
            "Content-Range", "bytes " + position + "-" + (BLOB.length - 1) + "/" + BLOB.length)
        .body(Samples.buffer(BLOB, position));
  }

  @Test
  void isFetchedCompletelyWithoutARange() throws RegistryException {
    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(blob.start()).isZero();
      assertThat(blob.totalLength()).hasValue(BLOB.length);
      assertThat(blob.etag()).isEmpty();
      assertThat(drain(blob)).isEqualTo(BLOB);
      assertThat(blob.read(new byte[1], 0, 1)).isEqualTo(-1);
    }
    RecordedRequest request = registry.requests().get(0);
    assertThat(request.getTarget()).isEqualTo("/v2/library/alpine/blobs/" + BLOB_DIGEST);
    assertThat(request.getHeaders().get("Range")).isNull();
    assertThat(request.getHeaders().get("Accept-Encoding")).isEqualTo("identity");
  }

  @Test
  void resumesFromAPosition() throws RegistryException {
    answer = partFrom(40_000).setHeader("ETag", "\"v1\"").build();

    try (UpstreamBlob blob =
        upstream.blob(ALPINE, BLOB_DIGEST, ResumePoint.at(40_000).ifStill("\"v1\""))) {
      assertThat(blob.start()).isEqualTo(40_000);
      assertThat(blob.totalLength()).hasValue(BLOB.length);
      assertThat(blob.etag()).contains("\"v1\"");
      assertThat(drain(blob)).isEqualTo(Arrays.copyOfRange(BLOB, 40_000, BLOB.length));
    }
    RecordedRequest request = registry.requests().get(0);
    assertThat(request.getHeaders().get("Range")).isEqualTo("bytes=40000-");
    assertThat(request.getHeaders().get("If-Range")).isEqualTo("\"v1\"");
  }

  @Test
  void aPartEndsWhereItIsToEnd() throws RegistryException {
    answer =
        new MockResponse.Builder()
            .code(206)
            .setHeader("Content-Range", "bytes 0-9/" + BLOB.length)
            .body(Samples.buffer(Arrays.copyOf(BLOB, 10), 0))
            .build();

    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST, ResumePoint.START.upTo(10))) {
      assertThat(blob.start()).isZero();
      assertThat(blob.totalLength()).hasValue(BLOB.length);
      assertThat(blob.takesParts()).isTrue();
      assertThat(drain(blob)).isEqualTo(Arrays.copyOf(BLOB, 10));
    }
    assertThat(registry.requests().get(0).getHeaders().get("Range")).isEqualTo("bytes=0-9");
  }

  @Test
  void partsAreTakenByAnUpstreamThatSaysSo() throws RegistryException {
    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(blob.takesParts()).isFalse();
    }
    answer = Samples.blobAnswer().newBuilder().setHeader("Accept-Ranges", "bytes").build();
    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(blob.takesParts()).isTrue();
    }
  }

  @Test
  void startsOverWhenTheUpstreamIgnoresTheRange() throws RegistryException {
    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST, ResumePoint.at(40_000))) {
      assertThat(blob.start()).isZero();
      assertThat(drain(blob)).isEqualTo(BLOB);
    }
    assertThat(registry.requests().get(0).getHeaders().get("If-Range")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes 39999-99999/100000",
        "bytes 40001-99999/100000",
        "bytes 40000-99998/100000",
        "bytes 0-99999/100000",
        "bytes */100000",
        "pages 40000-99999/100000",
        ""
      })
  void anotherRangeThanRequestedIsAnError(String range) {
    answer = partFrom(40_000).setHeader("Content-Range", range).build();

    assertThat(failure(() -> upstream.blob(ALPINE, BLOB_DIGEST, ResumePoint.at(40_000))).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void aPartThatWasNotRequestedIsAnError() {
    answer = partFrom(0).build();

    assertThat(failure(() -> upstream.blob(ALPINE, BLOB_DIGEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void aPartThatEndsBeforeTheBlobIsAnError() throws RegistryException {
    answer =
        new MockResponse.Builder()
            .code(206)
            .setHeader("Content-Range", "bytes 40000-49999/100000")
            .body(Samples.buffer(Arrays.copyOfRange(BLOB, 40_000, 50_000)))
            .build();

    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST, ResumePoint.at(40_000))) {
      RegistryException failure = failure(() -> drain(blob));
      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure).hasMessageContaining("50000 of 100000");
    }
  }

  @Test
  void aPositionPastTheEndIsRangeInvalid() {
    answer = Samples.status(416);

    assertThat(failure(() -> upstream.blob(ALPINE, BLOB_DIGEST, ResumePoint.at(100_000))).code())
        .isEqualTo(ErrorCode.RANGE_INVALID);
    assertThat(failure(() -> upstream.blob(ALPINE, BLOB_DIGEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void mayBeChunkedAndOfUnknownLength() throws RegistryException {
    answer = new MockResponse.Builder().chunkedBody(Samples.buffer(BLOB), 1000).build();

    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(blob.totalLength()).isEmpty();
      assertThat(drain(blob)).isEqualTo(BLOB);
    }
  }

  @Test
  void aChunkedPartIsHeldToItsRange() throws RegistryException {
    answer =
        new MockResponse.Builder()
            .code(206)
            .setHeader("Content-Range", "bytes 40000-99999/100000")
            .chunkedBody(Samples.buffer(BLOB), 1000)
            .build();

    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST, ResumePoint.at(40_000))) {
      assertThat(failure(() -> drain(blob)))
          .hasMessageContaining("longer than the announced 100000");
    }
  }

  @Test
  void aTruncatedBodyIsAnErrorAndNotTheEnd() throws RegistryException {
    answer =
        new MockResponse.Builder()
            .body(Samples.buffer(BLOB))
            .onResponseBody(new SocketEffect.CloseSocket())
            .build();

    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      RegistryException failure = failure(() -> drain(blob));
      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure).hasMessageContaining("127.0.0.1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"W/\"weak\"", "unquoted", "\"a\"b\""})
  void returnsOnlyStrongEntityTags(String etag) throws RegistryException {
    answer = new MockResponse.Builder().setHeader("ETag", etag).body(Samples.buffer(BLOB)).build();

    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(blob.etag()).isEmpty();
    }
  }

  @Test
  void cancellingFromAnotherThreadEndsABlockedRead() throws Exception {
    answer = Samples.stallingBlob();
    CountDownLatch reading = new CountDownLatch(1);
    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      CompletableFuture<RegistryException> ended =
          CompletableFuture.supplyAsync(
              () ->
                  failure(
                      () -> {
                        reading.countDown();
                        drain(blob);
                      }));
      reading.await();
      blob.cancel();
      assertThat(ended.get(10, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }
  }

  @Test
  void closingEarlyDoesNotReadTheRest() throws RegistryException {
    // At this pace the rest would take hours.
    answer =
        new MockResponse.Builder()
            .body(Samples.buffer(Samples.bytes(50_000_000)))
            .throttleBody(64 * 1024, 1, TimeUnit.HOURS)
            .build();
    long before = System.nanoTime();

    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(blob.read(new byte[100], 0, 100)).isPositive();
    }

    assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(20));
    answer = Samples.blobAnswer();
    assertThatCode(() -> upstream.blob(ALPINE, BLOB_DIGEST).close()).doesNotThrowAnyException();
  }

  @Test
  void consecutiveCallsReuseOneConnection() throws RegistryException {
    for (int i = 0; i < 5; i++) {
      try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
        drain(blob);
      }
    }

    assertThat(registry.requests()).hasSize(5);
    assertThat(registry.requests().get(4).getExchangeIndex()).isEqualTo(4);
  }

  @Test
  void headReturnsTheSizeAndFetchesNoBlob() throws RegistryException {
    assertThat(upstream.headBlob(ALPINE, BLOB_DIGEST)).hasValue(BLOB.length);
    assertThat(registry.requests()).singleElement().returns("HEAD", RecordedRequest::getMethod);
  }

  @Test
  void headMayLackTheSize() throws RegistryException {
    answer = new MockResponse.Builder().removeHeader("Content-Length").build();

    assertThat(upstream.headBlob(ALPINE, BLOB_DIGEST)).isEmpty();
  }

  @Test
  void headUsesGetWhenTheUpstreamDoesNotSupportHead() throws RegistryException {
    try (FakeServer noHead =
            FakeServer.start(
                request ->
                    request.getMethod().equals("HEAD")
                        ? Samples.status(405)
                        : Samples.blobAnswer());
        Upstream other = Upstreams.connect(UpstreamConfig.builder(noHead.url()).build())) {
      assertThat(other.headBlob(ALPINE, BLOB_DIGEST)).hasValue(BLOB.length);
    }
  }

  @Test
  void headOfAnAbsentBlobIsUnknown() {
    answer = Samples.status(404);

    assertThat(failure(() -> upstream.headBlob(ALPINE, BLOB_DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }
}
