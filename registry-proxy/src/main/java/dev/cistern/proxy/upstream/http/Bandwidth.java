package dev.cistern.proxy.upstream.http;

import java.util.function.LongSupplier;

/**
 * Shares a number of bytes per second among all transfers, first come first served. A transfer that
 * has taken bytes waits as long as these take at that rate. Unused bandwidth is saved for at most a
 * tenth of a second. Thread-safe.
 */
final class Bandwidth {

  private static final long NANOS = 1_000_000_000L;
  private static final long MAX_SAVED = NANOS / 10;
  private static final int LARGEST_PORTION = 64 * 1024;
  private static final int SMALLEST_PORTION = 1024;

  private final long bytesPerSecond;
  private final LongSupplier nanoTime;
  private long free;

  /**
   * @param bytesPerSecond positive
   * @param nanoTime as {@link System#nanoTime}
   */
  Bandwidth(long bytesPerSecond, LongSupplier nanoTime) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanoTime = nanoTime;
    free = nanoTime.getAsLong();
  }

  /**
   * The largest number of bytes to take at once: those of a 20th of a second, so that all transfers
   * advance steadily.
   */
  int portion() {
    return (int) Math.max(SMALLEST_PORTION, Math.min(LARGEST_PORTION, bytesPerSecond / 20));
  }

  /** Takes bytes. Returns how many nanoseconds to wait before taking more; 0: do not wait. */
  synchronized long take(int bytes) {
    long now = nanoTime.getAsLong();
    if (now - free > MAX_SAVED) {
      free = now - MAX_SAVED;
    }
    free += (long) ((double) bytes * NANOS / bytesPerSecond);
    return Math.max(0, free - now);
  }
}
