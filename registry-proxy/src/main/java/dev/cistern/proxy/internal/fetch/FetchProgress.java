package dev.cistern.proxy.internal.fetch;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many bytes of a transfer are visible to readers, and which readers wait for more.
 *
 * <p>One writer calls {@link #advance} any number of times, then {@link #complete}, {@link #fail}
 * or {@link #failAfterVisible} once. Any number of readers call {@link #available}, and register a
 * waiter when there is nothing to read. Registration checks again under the writer's lock, so that
 * no wake-up is lost. Waiters are ordered by position, so the cost of an advance grows with the
 * waiters that it wakes. They are called after the lock is released.
 */
final class FetchProgress {

  private static final Logger log = LoggerFactory.getLogger(FetchProgress.class);

  private record Waiter(long position, Runnable wake) {}

  private final PriorityQueue<Waiter> waiters =
      new PriorityQueue<>(Comparator.comparingLong(Waiter::position));

  // Written under this object's lock, visible first; read without it, visible last.
  private volatile long visible;
  private volatile boolean complete;
  private volatile @Nullable IOException failure;

  /** How many bytes are visible, from the first. */
  long visible() {
    return visible;
  }

  /** Whether all bytes are received and verified. */
  boolean isComplete() {
    return complete;
  }

  /** Makes the bytes before {@code position} visible. They stay visible. */
  void advance(long position) {
    List<Runnable> woken;
    synchronized (this) {
      if (position <= visible) {
        return;
      }
      visible = position;
      woken = pollWaitersBefore(position);
    }
    woken.forEach(FetchProgress::wake);
  }

  /** Ends the transfer: all {@code size} bytes are received and verified. */
  void complete(long size) {
    List<Runnable> woken;
    synchronized (this) {
      visible = size;
      complete = true;
      woken = pollWaitersBefore(Long.MAX_VALUE);
    }
    woken.forEach(FetchProgress::wake);
  }

  /** Ends the transfer: from now on readers get no byte. */
  void fail(IOException cause) {
    end(0, cause);
  }

  /** Ends the transfer: readers get the visible bytes, then the failure. */
  void failAfterVisible(IOException cause) {
    end(visible, cause);
  }

  private void end(long lastReadable, IOException cause) {
    List<Runnable> woken;
    synchronized (this) {
      visible = lastReadable;
      failure = cause;
      woken = pollWaitersBefore(Long.MAX_VALUE);
    }
    woken.forEach(FetchProgress::wake);
  }

  /**
   * See {@link dev.cistern.proxy.content.BlobContent#available}.
   *
   * @throws IOException the same object that ended the transfer
   */
  long available(long position) throws IOException {
    IOException cause = failure;
    boolean ended = complete;
    long count = visible - position;
    if (count > 0) {
      return count;
    }
    if (cause != null) {
      throw cause;
    }
    return ended ? -1 : 0;
  }

  /** See {@link dev.cistern.proxy.content.BlobContent#whenAvailable}. */
  synchronized boolean whenAvailable(long position, Runnable wake) {
    if (visible > position || complete || failure != null) {
      return false;
    }
    waiters.add(new Waiter(position, wake));
    return true;
  }

  /** A failing waiter must harm neither the transfer nor the other readers. */
  private static void wake(Runnable waiter) {
    try {
      waiter.run();
    } catch (RuntimeException e) {
      log.error("Could not wake a reader of a fetched blob", e);
    }
  }

  private List<Runnable> pollWaitersBefore(long position) {
    List<Runnable> woken = new ArrayList<>();
    for (Waiter first = waiters.peek();
        first != null && first.position < position;
        first = waiters.peek()) {
      woken.add(waiters.remove().wake);
    }
    return woken;
  }
}
