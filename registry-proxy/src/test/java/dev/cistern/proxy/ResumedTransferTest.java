package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.body;
import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.rest;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.testing.FakeRegistry.Answer;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transfers that end early are resumed, and no reader notices. */
class ResumedTransferTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] CONTENT = Samples.bytes(1_000_000);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  private final TestCache test;
  private final List<String> ranges = new CopyOnWriteArrayList<>();

  ResumedTransferTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  /** Answers the first request with one, later ones with another. */
  private void answer(MockResponse first, Answer later) {
    test.registry.answer(
        getBlob(NAME, DIGEST),
        request -> {
          ranges.add(String.valueOf(request.getHeaders().get("Range")));
          return ranges.size() == 1 ? first : later.to(request);
        });
  }

  private static MockResponse half(byte[] content) {
    return body(content).newBuilder().onResponseBody(new SocketEffect.CloseSocket()).build();
  }

  @Test
  void theRestIsAskedForByRange() throws IOException {
    answer(half(CONTENT), request -> rest(CONTENT, request));

    assertThat(test.pull(ALPINE, DIGEST)).isEqualTo(CONTENT);
    test.awaitStored(ALPINE, DIGEST);
    assertThat(ranges).hasSize(2);
    assertThat(ranges.get(0)).isEqualTo("null");
    assertThat(ranges.get(1)).matches("bytes=[1-9][0-9]*-");
  }

  private static MockResponse partWithoutTotal(RecordedRequest request) {
    String range = String.valueOf(request.getHeaders().get("Range"));
    int from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
    return body(Arrays.copyOfRange(CONTENT, from, from + 1_000))
        .newBuilder()
        .code(206)
        .setHeader("Content-Range", "bytes %d-%d/*".formatted(from, from + 999))
        .build();
  }

  @Test
  void aPartThatEndsEarlyAndDoesNotSaySoIsFollowedByTheRest() throws IOException {
    answer(
        half(CONTENT),
        request -> ranges.size() < 4 ? partWithoutTotal(request) : rest(CONTENT, request));

    assertThat(test.pull(ALPINE, DIGEST)).isEqualTo(CONTENT);
    assertThat(ranges).hasSize(4);
    assertThat(ranges.get(3)).matches("bytes=[1-9][0-9]*-");
  }

  @Test
  void anUpstreamWithoutRangesIsReadAgain() throws IOException {
    answer(half(CONTENT), request -> body(CONTENT));

    assertThat(test.pull(ALPINE, DIGEST)).isEqualTo(CONTENT);
    test.awaitStored(ALPINE, DIGEST);
    assertThat(ranges).hasSize(2);
  }

  @Test
  void aRestWithWrongBytesNeverCompletes() throws IOException {
    byte[] wrong = CONTENT.clone();
    wrong[0] ^= 1;
    wrong[999_999] ^= 1;
    answer(half(CONTENT), request -> rest(wrong, request));

    try (BlobContent blob = test.open(ALPINE, DIGEST)) {
      assertThatIOException().isThrownBy(() -> Reading.all(blob));
    }
    assertThat(test.store.holds(DIGEST)).isFalse();
  }

  @Test
  void wrongBytesThatNoReaderHasAreFetchedOnceMore() throws IOException {
    byte[] wrong = CONTENT.clone();
    wrong[999_999] ^= 1;
    answer(body(wrong), request -> body(CONTENT));

    assertThat(test.pull(ALPINE, DIGEST)).isEqualTo(CONTENT);
    test.awaitStored(ALPINE, DIGEST);
    assertThat(ranges).containsExactly("null", "null");
  }

  @Test
  void aRestOfAnotherLengthNeverCompletes() throws IOException {
    byte[] shorter = Samples.bytes(900_000);
    answer(half(CONTENT), request -> rest(shorter, request));

    try (BlobContent blob = test.open(ALPINE, DIGEST)) {
      assertThatIOException().isThrownBy(() -> Reading.all(blob));
    }
    assertThat(test.store.holds(DIGEST)).isFalse();
  }

  /** A 206 with other bytes than those requested. */
  private static MockResponse elsewhere() {
    return body(Arrays.copyOf(CONTENT, 100))
        .newBuilder()
        .code(206)
        .setHeader("Content-Range", "bytes 0-99/" + CONTENT.length)
        .build();
  }

  @Test
  void aResumeThatIsAnsweredFromElsewhereBeginsAnew() throws IOException {
    answer(
        half(CONTENT),
        request -> request.getHeaders().get("Range") == null ? body(CONTENT) : elsewhere());

    assertThat(test.pull(ALPINE, DIGEST)).isEqualTo(CONTENT);
    assertThat(ranges).hasSize(3);
    assertThat(ranges.get(2)).isEqualTo("null");
  }

  @Test
  void aPartThatNoResumeCanGoOnFromIsNotKept() throws IOException {
    answer(
        half(CONTENT),
        request -> request.getHeaders().get("Range") == null ? status(400) : elsewhere());

    try (BlobContent blob = test.open(ALPINE, DIGEST)) {
      assertThatIOException().isThrownBy(() -> Reading.all(blob));
    }
    assertThat(test.spooled()).isEmpty();
    test.registry.answer(getBlob(NAME, DIGEST), request -> body(CONTENT));
    assertThat(test.pull(ALPINE, DIGEST)).isEqualTo(CONTENT);
  }
}
