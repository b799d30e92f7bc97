package dev.cistern.proxy.internal.fetch;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which bytes of a transfer are visible to readers, and which readers wait for more.
 *
 * <p>Most bytes come in order, from the first: the front. Pieces beyond the front become visible as
 * they come, and join the front when it reaches them.
 *
 * <p>Writers call {@link #add} any number of times, then one of them {@link #complete}, {@link
 * #fail} or {@link #failAfterVisible} once; what is added later is ignored. Any number of readers
 * call {@link #available}, and register a waiter when there is nothing to read. Registration checks
 * again under the writers' lock, so that no wake-up is lost. Waiters are ordered by position, so
 * the cost of an addition grows with the waiters that it wakes. They are called after the lock is
 * released.
 */
final class FetchProgress {

  private static final Logger log = LoggerFactory.getLogger(FetchProgress.class);

  // Guarded by this.
  private final NavigableMap<Long, List<Runnable>> waiters = new TreeMap<>();
  private final Runs beyond = new Runs();

  // Written under this object's lock, visible first; read without it, visible last.
  private volatile long visible;
  private volatile boolean scattered;
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

  /** Whether there are bytes beyond the front. */
  boolean isScattered() {
    return scattered;
  }

  /** Makes the bytes before {@code position} visible. They stay visible. */
  void advance(long position) {
    add(0, position);
  }

  /** Makes the bytes from {@code from} to before {@code to} visible. They stay visible. */
  void add(long from, long to) {
    List<Runnable> woken;
    synchronized (this) {
      long start = Math.max(from, visible);
      if (to <= start || complete || failure != null) {
        return;
      }
      if (start > visible) {
        beyond.add(start, to);
        scattered = true;
      } else {
        visible = beyond.endAt(to);
        beyond.removeBefore(visible);
        scattered = !beyond.isEmpty();
      }
      woken = takeWaiters(waiters.subMap(start, true, to, false));
    }
    woken.forEach(FetchProgress::wake);
  }

  /** Ends the transfer: all {@code size} bytes are received and verified. */
  void complete(long size) {
    List<Runnable> woken;
    synchronized (this) {
      visible = size;
      complete = true;
      forgetBeyond();
      woken = takeWaiters(waiters);
    }
    woken.forEach(FetchProgress::wake);
  }

  private void forgetBeyond() {
    beyond.clear();
    scattered = false;
  }

  /**
   * Wakes all readers, although there is nothing new to read: where they wait, nothing will come.
   */
  void wakeAll() {
    List<Runnable> woken;
    synchronized (this) {
      woken = takeWaiters(waiters);
    }
    woken.forEach(FetchProgress::wake);
  }

  /** Ends the transfer: from now on readers get no byte. */
  void fail(IOException cause) {
    List<Runnable> woken;
    synchronized (this) {
      visible = 0;
      failure = cause;
      forgetBeyond();
      woken = takeWaiters(waiters);
    }
    woken.forEach(FetchProgress::wake);
  }

  /** Ends the transfer: readers get the visible bytes, then the failure. */
  void failAfterVisible(IOException cause) {
    List<Runnable> woken;
    synchronized (this) {
      failure = cause;
      woken = takeWaiters(waiters);
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
    if (count <= 0 && scattered) {
      count = availableBeyond(position);
    }
    if (count > 0) {
      return count;
    }
    if (cause != null) {
      throw cause;
    }
    return ended ? -1 : 0;
  }

  private synchronized long availableBeyond(long position) {
    return Math.max(visible, beyond.endAt(position)) - position;
  }

  /** See {@link dev.cistern.proxy.content.BlobContent#whenAvailable}. */
  synchronized boolean whenAvailable(long position, Runnable wake) {
    if (availableBeyond(position) > 0 || complete || failure != null) {
      return false;
    }
    waiters.computeIfAbsent(position, unused -> new ArrayList<>(1)).add(wake);
    return true;
  }

  /** A failing waiter must harm neither the transfer nor the other readers. */
  private static void wake(Runnable waiter) {
    try {
      waiter.run();
    } catch (RuntimeException | Error e) {
      // Every kind, such as OutOfMemoryError, because the other readers would wait forever.
      log.error("Could not wake a reader of a fetched blob", e);
    }
  }

  private static List<Runnable> takeWaiters(NavigableMap<Long, List<Runnable>> which) {
    List<Runnable> taken = new ArrayList<>();
    which.values().forEach(taken::addAll);
    which.clear();
    return taken;
  }
}
