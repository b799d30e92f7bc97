package dev.cistern.proxy.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.CacheStatus;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BlobInputStreamTest {

  private final ArrivingContent content = new ArrivingContent("0123456789");
  private final BlobInputStream stream = new BlobInputStream(content);

  @Test
  void availableBytesAreReadToTheEnd() throws IOException {
    content.arrive(10);
    content.end();

    assertThat(stream.available()).isEqualTo(10);
    assertThat(stream.read()).isEqualTo('0');
    assertThat(new String(stream.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("123456789");
    assertThat(stream.read()).isEqualTo(-1);
    assertThat(stream.available()).isZero();
  }

  @Test
  void aReadReturnsTheAvailableBytesWithoutWaiting() throws IOException {
    content.arrive(4);

    assertThat(stream.read(new byte[10], 0, 10)).isEqualTo(4);
  }

  @Test
  void aReadWaitsForTheNextBytes() throws Exception {
    CompletableFuture<byte[]> all = CompletableFuture.supplyAsync(this::readAll);
    content.awaitWaiter();
    assertThat(all).isNotDone();

    content.arrive(7);
    content.awaitWaiter();
    content.arrive(3);
    content.end();

    assertThat(all.get()).asString(StandardCharsets.US_ASCII).isEqualTo("0123456789");
  }

  @Test
  void aFailedTransferIsNoEnd() throws Exception {
    content.arrive(7);
    assertThat(stream.readNBytes(7)).hasSize(7);
    content.fail(new IOException("the upstream went away"));

    assertThatIOException().isThrownBy(stream::read).withMessage("the upstream went away");
  }

  @Test
  void anInterruptEndsAReadAndLosesNoBytes() throws Exception {
    content.arrive(2);
    assertThat(stream.readNBytes(2)).hasSize(2);

    Thread.currentThread().interrupt();
    assertThatThrownBy(stream::read).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();

    content.arrive(1);
    assertThat(stream.read()).isEqualTo('2');
  }

  @Test
  void closingClosesTheContent() throws IOException {
    content.arrive(10);
    stream.close();

    assertThat(content.closed).isTrue();
    assertThatIOException().isThrownBy(stream::read);
    assertThatIOException().isThrownBy(stream::available);
  }

  private byte[] readAll() {
    try {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A blob whose bytes arrive when the test says so. */
  private static final class ArrivingContent implements BlobContent {

    @Override
    public CacheStatus status() {
      return CacheStatus.Hit.BY_DIGEST;
    }

    private final byte[] bytes;
    private final List<Runnable> waiters = new ArrayList<>();
    private CountDownLatch waiting = new CountDownLatch(1);
    private int here;
    private boolean ended;
    private Optional<IOException> failure = Optional.empty();
    private volatile boolean closed;

    ArrivingContent(String text) {
      bytes = text.getBytes(StandardCharsets.US_ASCII);
    }

    void awaitWaiter() throws InterruptedException {
      CountDownLatch latch;
      synchronized (this) {
        latch = waiting;
      }
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    }

    synchronized void arrive(int count) {
      here += count;
      wake();
    }

    synchronized void end() {
      ended = true;
      wake();
    }

    synchronized void fail(IOException cause) {
      failure = Optional.of(cause);
      wake();
    }

    private void wake() {
      waiting = new CountDownLatch(1);
      List<Runnable> woken = List.copyOf(waiters);
      waiters.clear();
      woken.forEach(Runnable::run);
    }

    @Override
    public Digest digest() {
      return Digest.sha256(bytes);
    }

    @Override
    public OptionalLong size() {
      return OptionalLong.of(bytes.length);
    }

    @Override
    public synchronized long available(long position) throws IOException {
      if (position < here) {
        return here - position;
      }
      if (failure.isPresent()) {
        throw failure.get();
      }
      return ended ? -1 : 0;
    }

    @Override
    public synchronized boolean whenAvailable(long position, Runnable wake) {
      if (position < here || ended || failure.isPresent()) {
        return false;
      }
      waiters.add(wake);
      waiting.countDown();
      return true;
    }

    @Override
    public synchronized int read(ByteBuffer target, long position) throws IOException {
      int count = (int) Math.min(target.remaining(), available(position));
      if (count > 0) {
        target.put(bytes, (int) position, count);
      }
      return count;
    }

    @Override
    public Optional<FileChannel> channel() {
      return Optional.empty();
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
