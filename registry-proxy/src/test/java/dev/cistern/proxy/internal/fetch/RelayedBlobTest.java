package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RelayedBlobTest {

  private static final byte[] CONTENT = Samples.bytes(2_000_000);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  private RelayedBlob relay(BlobSource source) {
    return RelayedBlob.start(
        DIGEST,
        source,
        BlobHash.of(DigestAlgorithm.SHA256),
        0,
        threads,
        RetryPolicy.DEFAULT,
        Long.MAX_VALUE);
  }

  @Test
  void aBlobLargerThanTheWindowIsPassedThrough() throws IOException {
    try (RelayedBlob blob = relay(from -> FakeBlob.of(CONTENT))) {
      Await.value(blob.opened());

      assertThat(blob.size()).hasValue(CONTENT.length);
      assertThat(Reading.all(blob)).isEqualTo(CONTENT);
      assertThat(blob.available(CONTENT.length)).isEqualTo(-1);
    }
  }

  @Test
  void aBlobWithoutALengthIsPassedThroughToo() throws IOException {
    try (RelayedBlob blob = relay(from -> FakeBlob.declaring(OptionalLong.empty(), CONTENT))) {
      assertThat(Reading.all(blob)).isEqualTo(CONTENT);
      assertThat(blob.size()).hasValue(CONTENT.length);
    }
  }

  @Test
  void aReaderAheadGetsWhatItAsksForThoughTheUpstreamStartsBefore() throws IOException {
    try (RelayedBlob blob = relay(from -> FakeBlob.of(CONTENT))) {
      assertThat(Reading.from(blob, 1_500_000, Long.MAX_VALUE))
          .isEqualTo(Arrays.copyOfRange(CONTENT, 1_500_000, CONTENT.length));
    }
  }

  @Test
  void whatHasBeenHashedBeforeIsNotHashedAgain() throws IOException {
    BlobHash before = BlobHash.of(DigestAlgorithm.SHA256);
    before.update(CONTENT, 0, 700_000, 0);
    try (RelayedBlob blob =
        RelayedBlob.start(
            DIGEST,
            from -> FakeBlob.of(CONTENT),
            before,
            500_000,
            threads,
            RetryPolicy.DEFAULT,
            Long.MAX_VALUE)) {
      assertThat(Reading.from(blob, 500_000, Long.MAX_VALUE))
          .isEqualTo(Arrays.copyOfRange(CONTENT, 500_000, CONTENT.length));
    }
  }

  @Test
  void wrongBytesNeverComplete() throws IOException {
    byte[] wrong = CONTENT.clone();
    wrong[CONTENT.length - 1] ^= 1;
    try (RelayedBlob blob = relay(from -> FakeBlob.of(wrong))) {
      assertThatIOException().isThrownBy(() -> Reading.all(blob));
      assertThatIOException().isThrownBy(() -> blob.available(CONTENT.length - 1));
    }
  }

  @Test
  void receivedBytesCanBeReadWhileTheUpstreamPauses() throws IOException {
    Gate gate = new Gate();
    try (RelayedBlob blob = relay(from -> FakeBlob.stoppingAt(gate, 200_000, CONTENT))) {
      gate.awaitArrival();
      assertThat(Reading.from(blob, 0, 200_000)).isEqualTo(Arrays.copyOf(CONTENT, 200_000));
      assertThat(blob.available(200_000)).isZero();

      gate.open();
      assertThat(Reading.from(blob, 200_000, Long.MAX_VALUE)).hasSize(CONTENT.length - 200_000);
    }
  }

  @Test
  void bytesCanBeReadOnce() throws IOException {
    try (RelayedBlob blob = relay(from -> FakeBlob.of(CONTENT))) {
      assertThat(Reading.all(blob)).hasSize(CONTENT.length);

      assertThatIOException().isThrownBy(() -> blob.read(ByteBuffer.allocate(10), 0));
    }
  }

  @Test
  void aReaderThatLeavesEndsTheTransfer() {
    FakeBlob body = FakeBlob.of(CONTENT);
    RelayedBlob blob = relay(from -> body);
    Await.value(blob.opened());

    blob.close();

    threads.shutdown();
    assertThat(Uninterruptibles.awaitTerminationUninterruptibly(threads, Await.DEADLINE)).isTrue();
    assertThat(body.closed).isTrue();
  }

  @Test
  void aRefusalIsTheAnswer() {
    RelayedBlob blob =
        relay(
            from -> {
              throw new RegistryException(ErrorCode.BLOB_UNKNOWN, "no such blob");
            });

    assertThat(Await.failure(blob.opened()).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }

  @Test
  void aTransferThatThrowsFailsItsReader() {
    for (Throwable death : new Throwable[] {new IllegalStateException(), new OutOfMemoryError()}) {
      RelayedBlob blob =
          relay(
              from -> {
                if (death instanceof Error error) {
                  throw error;
                }
                throw (RuntimeException) death;
              });

      assertThat(Await.failure(blob.opened()).code()).isEqualTo(ErrorCode.UNKNOWN);
      assertThatIOException().isThrownBy(() -> Reading.all(blob));
    }
  }

  @Test
  void aRejectedTransferIsUnavailable() {
    RelayedBlob blob =
        RelayedBlob.start(
            DIGEST,
            from -> FakeBlob.of(CONTENT),
            BlobHash.of(DigestAlgorithm.SHA256),
            0,
            task -> {
              throw new RejectedExecutionException("full");
            },
            RetryPolicy.DEFAULT,
            Long.MAX_VALUE);

    assertThat(Await.failure(blob.opened()).code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }
}
