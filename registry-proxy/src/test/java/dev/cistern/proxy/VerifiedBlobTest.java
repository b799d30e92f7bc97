package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.body;
import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("1. A complete answer carries the bytes its digest names")
class VerifiedBlobTest {

  private static final String NAME = ALPINE.value();
  private static final int WITHHELD = 64 * 1024;

  private final TestCache test;

  VerifiedBlobTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  @Test
  void theLastPartIsWithheldUntilTheWholeIsVerified() throws IOException {
    byte[] content = Samples.bytes(300_000);
    Gate end = test.registry.gate();
    Digest digest = test.registry.blob(NAME, content, Map.of(299_999, end));

    try (BlobContent blob = test.open(ALPINE, digest)) {
      end.awaitArrival();
      byte[] early = Reading.from(blob, 0, 300_000 - WITHHELD);
      assertThat(early).hasSize(300_000 - WITHHELD).isEqualTo(Arrays.copyOf(content, early.length));
      assertThat(blob.available(300_000 - WITHHELD)).isZero();
      assertThat(blob.available(299_000)).isZero();

      end.open();
      assertThat(Reading.all(blob)).isEqualTo(content);
    }
  }

  @Test
  void aLargeBlobWithWrongBytesNeverCompletes() throws IOException {
    byte[] right = Samples.bytes(300_000);
    byte[] wrong = right.clone();
    wrong[299_999] ^= 1;
    Digest digest = Digest.sha256(right);
    test.registry.blob(NAME, digest, wrong);

    try (BlobContent blob = test.open(ALPINE, digest)) {
      assertThatIOException()
          .isThrownBy(() -> Reading.all(blob))
          .withMessageContaining(digest.toString());
      assertThatIOException().isThrownBy(() -> Reading.from(blob, 299_999, 1));
    }
    assertNothingStays(digest);
    assertNextRequestIsServed(digest, right);
  }

  @Test
  void aSmallBlobWithWrongBytesIsAnError() throws IOException {
    for (int size : new int[] {1, 1_000, WITHHELD}) {
      byte[] right = Samples.bytes(size);
      byte[] wrong = right.clone();
      wrong[0] ^= 1;
      Digest digest = Digest.sha256(right);
      test.registry.blob(NAME, digest, wrong);

      assertThat(Await.failure(test.cache.blob(ALPINE, digest)).code())
          .isEqualTo(ErrorCode.BAD_GATEWAY);
      assertNothingStays(digest);
      assertNextRequestIsServed(digest, right);
    }
  }

  @Test
  void aBlobJustLargerThanWhatIsWithheldNeverCompletesEither() throws IOException {
    byte[] right = Samples.bytes(WITHHELD + 1);
    byte[] wrong = right.clone();
    wrong[WITHHELD] ^= 1;
    Digest digest = Digest.sha256(right);
    test.registry.blob(NAME, digest, wrong);

    try (BlobContent blob = test.open(ALPINE, digest)) {
      assertThatIOException().isThrownBy(() -> Reading.all(blob));
    }
    assertNothingStays(digest);
  }

  @Test
  void aLargeBlobThatIsCutOffNeverCompletes() throws IOException {
    byte[] content = Samples.bytes(300_000);
    Digest digest = Digest.sha256(content);
    cutOffForGood(digest, content);

    try (BlobContent blob = test.open(ALPINE, digest)) {
      assertThatIOException().isThrownBy(() -> Reading.all(blob));
    }
    assertThat(test.store.holds(digest)).isFalse();
    assertNextRequestIsServed(digest, content);
  }

  @Test
  void aSmallBlobThatIsCutOffIsAnError() throws IOException {
    byte[] content = Samples.bytes(10_000);
    Digest digest = Digest.sha256(content);
    cutOffForGood(digest, content);

    Await.failure(test.cache.blob(ALPINE, digest));
    assertNothingStays(digest);
    assertNextRequestIsServed(digest, content);
  }

  @Test
  void aBlobShorterThanItsDigestsWithoutALengthIsAnError() throws IOException {
    byte[] content = Samples.bytes(300_000);
    Digest digest = Digest.sha256(content);
    test.registry.answer(
        getBlob(NAME, digest),
        request ->
            new MockResponse.Builder()
                .chunkedBody(new Buffer().write(content, 0, 250_000), 10_000)
                .build());

    assertThat(Await.failure(test.cache.blob(ALPINE, digest)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
    assertNothingStays(digest);
    assertNextRequestIsServed(digest, content);
  }

  /** Half of the body and the end of the connection; and then the blob is not there any more. */
  private void cutOffForGood(Digest digest, byte[] content) {
    String request = getBlob(NAME, digest);
    MockResponse half =
        body(content).newBuilder().onResponseBody(new SocketEffect.CloseSocket()).build();
    test.registry.answer(request, asked -> test.registry.count(request) == 1 ? half : status(404));
  }

  private void assertNothingStays(Digest digest) throws IOException {
    assertThat(test.store.holds(digest)).isFalse();
    assertThat(test.spooled()).isEmpty();
  }

  private void assertNextRequestIsServed(Digest digest, byte[] content) throws IOException {
    test.registry.blob(NAME, digest, content);
    test.clock.advance(Duration.ofMinutes(1));
    assertThat(test.pull(ALPINE, digest)).isEqualTo(content);
    test.awaitStored(ALPINE, digest);
  }
}
