package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A blob that one thread receives into a window of memory while another takes from it what has come
 * by then.
 *
 * <p>An HTTP client hands on a few kilobytes at a time. Each read here gives all that there is, up
 * to what was asked for, so that hashing, writing and waking readers are done for much at once when
 * the upstream is faster than that, and nothing ever waits for more to come when it is slower.
 */
final class ReadAheadBlob implements UpstreamBlob {

  /** How many bytes may have been received and not been taken yet. */
  static final int WINDOW = 256 * 1024;

  private static final int PIECE = 64 * 1024;

  private final UpstreamBlob blob;

  // Bytes from start to end, each at its position modulo the window's size. The receiving thread
  // alone writes the rest of the window, and the reading thread alone reads these.
  private final byte[] window = new byte[WINDOW];

  // Guarded by this.
  private long start;
  private long end;
  private boolean roomAwaited;
  private boolean closed;
  private boolean over;
  private @Nullable RegistryException failure;

  /** Takes over the blob, once something runs {@link #receive}. */
  ReadAheadBlob(UpstreamBlob blob) {
    this.blob = blob;
  }

  /** Receives until the blob ends, fails or is closed. To be run once, on a thread of its own. */
  void receive() {
    @Nullable RegistryException cause =
        new RegistryException(ErrorCode.UNKNOWN, "Receiving from the upstream failed");
    try {
      int n = 0;
      while (n >= 0) {
        int room = awaitRoom();
        if (room == 0) {
          break;
        }
        int at = (int) (end % WINDOW);
        n = blob.read(window, at, Math.min(Math.min(PIECE, room), WINDOW - at));
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
   * @return 0 when nobody wants more
   */
  private synchronized int awaitRoom() throws RegistryException {
    // Half of it, lest the two threads wake each other for each piece.
    roomAwaited = end - start == WINDOW;
    try {
      while (roomAwaited && !closed) {
        wait();
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    return closed ? 0 : (int) (WINDOW - (end - start));
  }

  private synchronized void received(int count) {
    if (count > 0) {
      end += count;
      notifyAll();
    }
  }

  private synchronized void end(@Nullable RegistryException cause) {
    failure = cause;
    over = true;
    notifyAll();
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    int count = Math.min(length, awaitBytes());
    if (count <= 0) {
      return count;
    }
    int at = (int) (start % WINDOW);
    int first = Math.min(count, WINDOW - at);
    System.arraycopy(window, at, buffer, offset, first);
    System.arraycopy(window, 0, buffer, offset + first, count - first);
    taken(count);
    return count;
  }

  /**
   * @return -1 when the blob has ended
   */
  private synchronized int awaitBytes() throws RegistryException {
    try {
      while (end == start && !over) {
        wait();
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    if (end == start && failure != null) {
      throw failure;
    }
    return end == start ? -1 : (int) (end - start);
  }

  private synchronized void taken(int count) {
    start += count;
    if (roomAwaited && end - start <= WINDOW / 2) {
      roomAwaited = false;
      notifyAll();
    }
  }

  private static RegistryException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new RegistryException(ErrorCode.UNAVAILABLE, "The transfer was interrupted", cause);
  }

  @Override
  public OptionalLong totalLength() {
    return blob.totalLength();
  }

  @Override
  public long start() {
    return blob.start();
  }

  @Override
  public Optional<String> etag() {
    return blob.etag();
  }

  @Override
  public void cancel() {
    blob.cancel();
  }

  @Override
  public void close() {
    if (!isOver()) {
      blob.cancel();
      awaitEnd();
    }
    blob.close();
  }

  private synchronized boolean isOver() {
    closed = true;
    notifyAll();
    return over;
  }

  /** For one thread reads and closes, and now that is this one. */
  private synchronized void awaitEnd() {
    boolean interrupted = false;
    while (!over) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
