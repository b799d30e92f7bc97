package dev.cistern.proxy.upstream.http;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Finds out whether a body comes too slowly to be worth waiting for, which a timeout on each read
 * does not: a byte now and then satisfies it. Only the time spent waiting for bytes counts, so that
 * those who read slowly do not blame the upstream. For one thread.
 *
 * <p>Waiting and bytes are summed up; whenever the waiting comes to a window's length, the bytes
 * that it brought are judged and the sums begin anew.
 */
final class TrickleWatch {

  /** What an upstream has to bring for each second that it is waited for. */
  static final long LEAST_BYTES_PER_SECOND = 1024;

  private final long window;
  private final LongSupplier nanoTime;
  private long since;
  private long waited;
  private long brought;

  /**
   * @param window how much waiting is judged at once
   * @param nanoTime as {@link System#nanoTime}
   */
  TrickleWatch(Duration window, LongSupplier nanoTime) {
    this.window = window.toNanos();
    this.nanoTime = nanoTime;
  }

  /** The waiting begins. */
  void begin() {
    since = nanoTime.getAsLong();
  }

  /**
   * The waiting is over.
   *
   * @return whether what came in the window that this completes was too little
   */
  boolean isTrickleAfter(int bytes) {
    waited += Math.max(0, nanoTime.getAsLong() - since);
    brought += bytes;
    if (waited < window) {
      return false;
    }
    boolean trickle = brought < LEAST_BYTES_PER_SECOND * (waited / 1e9);
    waited = 0;
    brought = 0;
    return trickle;
  }
}
