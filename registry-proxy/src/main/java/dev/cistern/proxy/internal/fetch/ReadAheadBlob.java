package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ForwardingBlob;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A blob that one thread receives into a window of memory while another thread reads from it, where
 * the bytes are ({@link #next}) or into a buffer.
 *
 * <p>A socket or an HTTP client returns a few kilobytes at a time. A read here returns all bytes
 * that have been received, up to the end of a piece. With a fast upstream, bytes are hashed,
 * written and made visible in large pieces; with a slow one, no read waits until a piece is full.
 */
final class ReadAheadBlob extends ForwardingBlob implements Batches {

  /** How many bytes may be received before they are read: three pieces. */
  static final int WINDOW = 3 * Batches.LARGEST;

  /** So much of a full window must be read before more is received. */
  private static final int ROOM = 2 * Batches.LARGEST;

  private static final byte[] NO_WINDOW = {};

  // The bytes from start to end, each at its position in the blob modulo the window's size. Only
  // the reading thread reads them, and only the receiving thread writes the rest of the window. It
  // takes the window before it makes any byte known, so that no thread reads another one.
  private byte[] window = NO_WINDOW;

  // For the reading thread.
  private int lent;

  // Not the monitor of this: outside the heap, the JVM keeps one for each object that was waited
  // on, also when the object is gone. After two minutes of mixed traffic, those took 2.6 MiB.
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by the lock.
  private long start;
  private long end;
  private boolean roomAwaited;
  private boolean closed;
  private boolean over;
  private @Nullable RegistryException failure;

  /** Owns the blob from the moment that something runs {@link #receive}. */
  ReadAheadBlob(UpstreamBlob blob) {
    super(blob);
    start = blob.start();
    end = start;
  }

  /** Receives until the blob ends, fails or is closed. To be run once, on a separate thread. */
  void receive() {
    @Nullable RegistryException cause =
        new RegistryException(ErrorCode.UNKNOWN, "Receiving from the upstream failed");
    try {
      window = Windows.take();
      int n = 0;
      while (n >= 0) {
        int room = awaitRoom();
        if (room == 0) {
          break;
        }
        int at = (int) (end % WINDOW);
        n = delegate().read(window, at, Math.min(Math.min(Batches.LARGEST, room), WINDOW - at));
        received(n);
      }
      cause = null;
    } catch (RegistryException e) {
      cause = e;
    } finally {
      end(cause);
    }
  }

  /**
   * @return how many bytes fit; 0 when this is closed
   */
  private int awaitRoom() throws RegistryException {
    lock.lock();
    try {
      // Waits for a large part of it, so that the threads do not wake each other for each piece.
      roomAwaited = end - start == WINDOW;
      while (roomAwaited && !closed) {
        changed.await();
      }
      return closed ? 0 : (int) (WINDOW - (end - start));
    } catch (InterruptedException e) {
      throw interrupted(e);
    } finally {
      lock.unlock();
    }
  }

  private void received(int count) {
    if (count > 0) {
      change(() -> end += count);
    }
  }

  private void end(@Nullable RegistryException cause) {
    change(
        () -> {
          failure = cause;
          over = true;
        });
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int next() throws RegistryException {
    giveBack();
    lent = lend(LARGEST);
    return lent;
  }

  @Override
  public byte[] bytes() {
    return window;
  }

  @Override
  public int offset() {
    return (int) (start % WINDOW);
  }

  @Override
  public boolean hasMore() {
    lock.lock();
    try {
      return end - start > lent;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    giveBack();
    int count = lend(length);
    if (count > 0) {
      System.arraycopy(window, offset(), buffer, offset, count);
      taken(count);
    }
    return count;
  }

  private void giveBack() {
    if (lent > 0) {
      taken(lent);
      lent = 0;
    }
  }

  /**
   * Up to a multiple of the largest piece, which is never beyond the end of the window. Pieces that
   * begin and end there take a third less of the kernel's time to write: it keeps each as one block
   * of memory.
   *
   * @return how many bytes from {@link #offset} on; -1 at the end
   */
  private int lend(int most) throws RegistryException {
    return Math.min(Math.min(most, awaitBytes()), LARGEST - (int) (start % LARGEST));
  }

  /**
   * @return how many bytes can be read; -1 at the end of the blob
   */
  private int awaitBytes() throws RegistryException {
    lock.lock();
    try {
      while (end == start && !over) {
        changed.await();
      }
      if (end == start && failure != null) {
        throw failure;
      }
      return end == start ? -1 : (int) (end - start);
    } catch (InterruptedException e) {
      throw interrupted(e);
    } finally {
      lock.unlock();
    }
  }

  private void taken(int count) {
    lock.lock();
    try {
      start += count;
      if (roomAwaited && end - start <= WINDOW - ROOM) {
        roomAwaited = false;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private static RegistryException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new RegistryException(ErrorCode.UNAVAILABLE, "The transfer was interrupted", cause);
  }

  /** Nothing may read from this afterwards: the next transfers use the window. */
  @Override
  public void close() {
    if (!isOver()) {
      delegate().cancel();
      awaitEnd();
    }
    delegate().close();
    byte[] free = window;
    window = NO_WINDOW;
    Windows.giveBack(free);
  }

  private boolean isOver() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      return over;
    } finally {
      lock.unlock();
    }
  }

  /** The blob itself is for one thread, which is the receiving one until it ends. */
  private void awaitEnd() {
    lock.lock();
    try {
      while (!over) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}
