package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("it looks at the windows, which the process has in common")
class ReadAheadBlobTest {

  private static final byte[] CONTENT = Samples.bytes((int) ReadAheadSource.SMALL + 1);
  private static final byte[] LESS_THAN_THE_WINDOW = Samples.bytes(ReadAheadBlob.WINDOW - 1);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScriptedSource source = new ScriptedSource();
  private final ReadAheadSource ahead = new ReadAheadSource(source, threads);

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  private static byte[] readAll(UpstreamBlob blob, int atMost) throws RegistryException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[atMost];
    for (int n = blob.read(buffer, 0, atMost); n >= 0; n = blob.read(buffer, 0, atMost)) {
      bytes.write(buffer, 0, n);
    }
    return bytes.toByteArray();
  }

  @Test
  void allBytesAreReadInOrderThroughASmallerWindow() throws RegistryException {
    source.then(ScriptedSource.part(CONTENT, 0));

    try (UpstreamBlob blob = ahead.open(ResumePoint.START)) {
      assertThat(blob).isInstanceOf(ReadAheadBlob.class);
      assertThat(readAll(blob, 100_003)).isEqualTo(CONTENT);
      assertThat(blob.read(new byte[1], 0, 1)).isEqualTo(-1);
    }
  }

  @Test
  void allBytesAreLentInOrder() throws RegistryException {
    source.then(ScriptedSource.part(CONTENT, 0));

    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (UpstreamBlob blob = ahead.open(ResumePoint.START)) {
      Batches lent = Batches.of(blob);
      assertThat(lent).isSameAs(blob);
      for (int n = lent.next(); n >= 0; n = lent.next()) {
        assertThat(n).isBetween(1, Batches.LARGEST);
        bytes.write(lent.bytes(), lent.offset(), n);
      }
      assertThat(lent.next()).isEqualTo(-1);
    }
    assertThat(bytes.toByteArray()).isEqualTo(CONTENT);
  }

  @Test
  void lentBytesAreNotReplacedBeforeTheyAreGivenBack() throws RegistryException {
    Gate full = new Gate();
    int before = ReadAheadBlob.WINDOW - 1;
    try (ReadAheadBlob blob = new ReadAheadBlob(FakeBlob.stoppingAt(full, before, CONTENT))) {
      threads.execute(blob::receive);
      int n = blob.next();
      full.awaitArrival();

      assertThat(Arrays.copyOfRange(blob.bytes(), blob.offset(), blob.offset() + n))
          .isEqualTo(Arrays.copyOf(CONTENT, n));
      full.open();
      assertThat(readAll(blob, 100_003)).isEqualTo(Arrays.copyOfRange(CONTENT, n, CONTENT.length));
    }
  }

  @Test
  void aReadReturnsAllReceivedBytesUpToTheEndOfAPiece() throws RegistryException {
    ReadAheadBlob blob = new ReadAheadBlob(FakeBlob.of(LESS_THAN_THE_WINDOW));
    blob.receive();

    byte[] buffer = new byte[ReadAheadBlob.WINDOW];
    int first = 1000;
    assertThat(blob.read(buffer, 0, first)).isEqualTo(first);
    assertThat(blob.read(buffer, first, buffer.length - first)).isEqualTo(Batches.LARGEST - first);
    assertThat(blob.read(buffer, Batches.LARGEST, buffer.length - Batches.LARGEST))
        .isEqualTo(Batches.LARGEST);
    assertThat(LESS_THAN_THE_WINDOW).startsWith(Arrays.copyOf(buffer, 2 * Batches.LARGEST));
  }

  @Test
  void afterAResumePiecesEndWhereTheyEndInTheBlob() throws RegistryException {
    int from = 3 * Batches.LARGEST / 2;
    byte[] all = Samples.bytes(from + (int) ReadAheadSource.SMALL + 1);
    source.then(ScriptedSource.part(all, from));

    try (UpstreamBlob blob = ahead.open(ResumePoint.at(from))) {
      Batches lent = Batches.of(blob);
      int at = from;
      for (int n = lent.next(); n >= 0; n = lent.next()) {
        assertThat(at / Batches.LARGEST).isEqualTo((at + n - 1) / Batches.LARGEST);
        assertThat(Arrays.copyOfRange(lent.bytes(), lent.offset(), lent.offset() + n))
            .isEqualTo(Arrays.copyOfRange(all, at, at + n));
        at += n;
      }
      assertThat(at).isEqualTo(all.length);
    }
  }

  @Test
  void receivedBytesAreReturnedWhileTheUpstreamStalls() throws RegistryException {
    Gate stall = new Gate();
    try (ReadAheadBlob blob = new ReadAheadBlob(FakeBlob.stoppingAt(stall, 10, CONTENT))) {
      threads.execute(blob::receive);

      byte[] buffer = new byte[100];
      assertThat(blob.read(buffer, 0, 100)).isEqualTo(10);
      stall.open();
      assertThat(readAll(blob, 100_003)).hasSize(CONTENT.length - 10);
    }
  }

  @Test
  void receivedBytesAreReturnedBeforeAFailure() throws RegistryException {
    source.then(ScriptedSource.part(CONTENT, 0).breakingOffAt(1_000_000));

    try (UpstreamBlob blob = ahead.open(ResumePoint.START)) {
      byte[] buffer = new byte[1_000_000];
      for (int at = 0; at < buffer.length; ) {
        at += blob.read(buffer, at, buffer.length - at);
      }
      assertThat(CONTENT).startsWith(buffer);
      assertThatExceptionOfType(RegistryException.class)
          .isThrownBy(() -> blob.read(buffer, 0, 1))
          .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_GATEWAY));
    }
  }

  @Test
  void cancellingFailsAReadThatWaits() {
    Gate stall = new Gate();
    try (ReadAheadBlob blob = new ReadAheadBlob(FakeBlob.stoppingAt(stall, 0, CONTENT))) {
      threads.execute(blob::receive);
      CompletableFuture<Integer> read = new CompletableFuture<>();
      threads.execute(
          () -> {
            try {
              read.complete(blob.read(new byte[1], 0, 1));
            } catch (RegistryException e) {
              read.completeExceptionally(e);
            }
          });
      stall.awaitArrival();

      blob.cancel();

      assertThat(Await.failure(read).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }
  }

  @Test
  void closingEndsAReceiverThatWaitsForTheUpstream() {
    Gate stall = new Gate();
    FakeBlob upstream = FakeBlob.stoppingAt(stall, 0, CONTENT);
    ReadAheadBlob blob = new ReadAheadBlob(upstream);
    CompletableFuture<Void> receiving = CompletableFuture.runAsync(blob::receive, threads);
    stall.awaitArrival();

    blob.close();

    Await.value(receiving);
    assertThat(upstream.closed).isTrue();
  }

  @Test
  void closingEndsAReceiverThatWaitsForRoom() {
    FakeBlob upstream = FakeBlob.of(CONTENT);
    ReadAheadBlob blob = new ReadAheadBlob(upstream);
    CompletableFuture<Void> receiving = CompletableFuture.runAsync(blob::receive, threads);

    blob.close();

    Await.value(receiving);
    assertThat(upstream.closed).isTrue();
  }

  @Test
  void theWindowOfATransferThatHasEndedIsUsedAgain() throws RegistryException {
    byte[] window = windowOf(CONTENT);

    assertThat(windowOf(Samples.bytes((int) ReadAheadSource.SMALL + 2))).isSameAs(window);
  }

  /** Reads a blob to its end. */
  private byte[] windowOf(byte[] content) throws RegistryException {
    source.then(ScriptedSource.part(content, 0));
    try (UpstreamBlob blob = ahead.open(ResumePoint.START)) {
      Batches lent = Batches.of(blob);
      assertThat(lent.next()).isPositive();
      byte[] window = lent.bytes();
      assertThat(readAll(blob, 100_003)).isNotEmpty();
      return window;
    }
  }

  @Test
  void transfersAtOnceHaveWindowsOfTheirOwn() throws RegistryException {
    source.then(ScriptedSource.part(CONTENT, 0));
    source.then(ScriptedSource.part(CONTENT, 0));

    try (UpstreamBlob one = ahead.open(ResumePoint.START);
        UpstreamBlob other = ahead.open(ResumePoint.START)) {
      assertThat(Batches.of(one).next()).isPositive();
      assertThat(Batches.of(other).next()).isPositive();
      assertThat(Batches.of(one).bytes()).isNotSameAs(Batches.of(other).bytes());
    }
  }

  @Test
  void aBlobThatIsClosedTwiceGivesItsWindowBackOnce() throws RegistryException {
    ReadAheadBlob blob = new ReadAheadBlob(FakeBlob.of(LESS_THAN_THE_WINDOW));
    blob.receive();
    blob.close();
    blob.close();

    assertThat(Windows.take()).isNotSameAs(Windows.take());
  }

  @Test
  void windowsThatAreKeptTakeASixteenthOfASmallHeap() {
    assertThat(Windows.most(64L << 20)).isEqualTo(10);
    assertThat(Windows.most(8L << 20)).isEqualTo(4);
    assertThat(Windows.most(Long.MAX_VALUE)).isEqualTo(16);
  }

  @Test
  void aSmallBlobNeedsNoSecondThread() throws RegistryException {
    byte[] small = Samples.bytes((int) ReadAheadSource.SMALL);
    source.then(ScriptedSource.part(small, 0));

    try (UpstreamBlob blob = ahead.open(ResumePoint.START)) {
      assertThat(blob).isNotInstanceOf(ReadAheadBlob.class);
      assertThat(readAll(blob, 100_003)).isEqualTo(small);
    }
  }

  @Test
  void withoutAFreeThreadTheBlobIsReadDirectly() throws RegistryException {
    threads.shutdown();
    source.then(ScriptedSource.part(CONTENT, 0).announcing(-1));

    try (UpstreamBlob blob = ahead.open(ResumePoint.START)) {
      assertThat(readAll(blob, 100_003)).isEqualTo(CONTENT);
    }
  }
}
