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
 * How far a transfer has come, and who waits for more of it.
 *
 * <p>One writer moves it forward: {@link #advance} any number of times, then {@link #complete},
 * {@link #fail} or {@link #failAfterVisible} once. Any number of readers ask {@link #available} and
 * register for what is not there yet. Registering looks again under the writer's lock, so a wake-up
 * cannot fall between the look and the registration. Waiters stand in the order of the position
 * they wait for, so that an advance costs in proportion to those it wakes, and are called after the
 * lock is released.
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

  /** How many bytes from the first have been made available. */
  long visible() {
    return visible;
  }

  /** Whether all bytes are here and right. */
  boolean isComplete() {
    return complete;
  }

  /** Makes the bytes before {@code position} available; never takes any back. */
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

  /** Ends the transfer: all {@code size} bytes are here and right. */
  void complete(long size) {
    List<Runnable> woken;
    synchronized (this) {
      visible = size;
      complete = true;
      woken = pollWaitersBefore(Long.MAX_VALUE);
    }
    woken.forEach(FetchProgress::wake);
  }

  /** Ends the transfer: from now on no reader gets any further. */
  void fail(IOException cause) {
    end(0, cause);
  }

  /** Ends the transfer: readers get as far as they could, and no further. */
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
   * @throws IOException the very one that ended the transfer
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

  /** One reader's trouble is neither the transfer's nor the other readers'. */
  private static void wake(Runnable waiter) {
    try {
      waiter.run();
    } catch (RuntimeException e) {
      log.error("A reader could not be woken", e);
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
