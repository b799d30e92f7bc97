package dev.cistern.proxy.internal.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.storage.content.StoredBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a transfer from the shared store does when it is cancelled. */
class SharedBlobTest {

  private static final int SIZE = 1 << 20;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
  private final AtomicInteger fallbacks = new AtomicInteger();
  private final StoreGate gate =
      new StoreGate(
          threads,
          timer,
          Duration.ofSeconds(10),
          Duration.ofMinutes(1),
          () -> {},
          new StorageFaults(InstantSource.system(), CacheListener.NONE));

  @AfterEach
  void end() {
    timer.shutdownNow();
    threads.shutdown();
  }

  private SharedBlob start(Stored stored, Duration silence) {
    SharedBlob blob =
        new SharedBlob(
            stored, ResumePoint.START, new SharedBlob.Patience(silence, 1), this::fallBack, gate);
    blob.start(threads);
    return blob;
  }

  private UpstreamBlob fallBack(ResumePoint from) {
    fallbacks.incrementAndGet();
    throw new AssertionError("the upstream is asked for byte " + from.position());
  }

  @Test
  void rule3ATransferThatIsCancelledWhileTheStoreIsSilentAsksNoUpstream() {
    Stored stored = new Stored(0);
    SharedBlob blob = start(stored, Duration.ofMinutes(1));
    CompletableFuture<Integer> reading = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                reading.complete(blob.read(new byte[1], 0, 1));
              } catch (RegistryException | RuntimeException | Error e) {
                reading.completeExceptionally(e);
              }
            });
    reader.start();
    Await.until(() -> reader.getState() == Thread.State.TIMED_WAITING);

    blob.cancel();

    assertThat(Await.failure(reading)).hasMessageContaining("cancelled");
    assertThat(fallbacks).hasValue(0);
    assertThat(gate.lastFailure()).isEmpty();
  }

  @Test
  void rule7ATransferThatIsCancelledWithBytesToReadDoesNotTakeTheStoreAsFailing()
      throws RegistryException {
    Stored stored = new Stored(SIZE);
    SharedBlob blob = start(stored, Duration.ofSeconds(10));
    byte[] buffer = new byte[SIZE];
    assertThat(blob.read(buffer, 0, 1)).isEqualTo(1);
    // There is no room for more.
    Await.latch(stored.filled);

    blob.cancel();

    assertThatThrownBy(
            () -> {
              for (int all = 0; all < SIZE; ) {
                all += blob.read(buffer, 0, SIZE);
              }
            })
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("cancelled");
    assertThat(fallbacks).hasValue(0);
    assertThat(gate.isShut()).isFalse();
  }

  /** Sends some bytes, and then nothing until it is closed. */
  private static final class Stored implements StoredBlob {

    private static final int PIECES = 6 * (64 << 10);

    private final int most;
    private final CountDownLatch filled = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    Stored(int most) {
      this.most = most;
    }

    @Override
    public Digest digest() {
      return Digest.sha256(new byte[0]);
    }

    @Override
    public long size() {
      return SIZE;
    }

    @Override
    public Optional<FileChannel> channel() {
      return Optional.empty();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      if (position >= most) {
        Await.latch(closed);
        throw new IOException("closed");
      }
      int count = target.remaining();
      target.position(target.limit());
      if (position + count == PIECES) {
        filled.countDown();
      }
      return count;
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }
}
