package dev.cistern.proxy.upstream.http;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Detects a body that is too slow. A timeout for each read cannot do this, because a single byte
 * now and then is enough for it. Only the time of waiting for bytes counts, so a slow reader does
 * not cause a timeout. For one thread.
 *
 * <p>Time and bytes are added up. Whenever the time reaches the length of the window, the bytes are
 * compared with the minimum, and both sums start again from zero.
 */
final class TrickleWatch {

  /** The minimum rate of a body, per second of waiting. */
  static final long LEAST_BYTES_PER_SECOND = 1024;

  private final long window;
  private final LongSupplier nanoTime;
  private long since;
  private long waited;
  private long brought;

  /**
   * @param window the length of the window, in time of waiting
   * @param nanoTime as {@link System#nanoTime}
   */
  TrickleWatch(Duration window, LongSupplier nanoTime) {
    this.window = window.toNanos();
    this.nanoTime = nanoTime;
  }

  /** The wait for bytes begins. */
  void begin() {
    since = nanoTime.getAsLong();
  }

  /**
   * The wait for bytes has ended.
   *
   * @return whether this completes a window in which too few bytes were received
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
