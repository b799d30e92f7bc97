package dev.cistern.proxy.upstream.http;

import java.util.function.LongSupplier;

/**
 * Shares out a number of bytes a second among all transfers, in the order in which they come for
 * it. Whoever has taken bytes waits until those have gone through at that rate; nothing is saved up
 * beyond a tenth of a second. Thread-safe.
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
   * @param bytesPerSecond above 0
   * @param nanoTime as {@link System#nanoTime}
   */
  Bandwidth(long bytesPerSecond, LongSupplier nanoTime) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanoTime = nanoTime;
    free = nanoTime.getAsLong();
  }

  /**
   * How many bytes to take at a time at most, so that all get on smoothly: a 20th of a second's.
   */
  int portion() {
    return (int) Math.max(SMALLEST_PORTION, Math.min(LARGEST_PORTION, bytesPerSecond / 20));
  }

  /**
   * Takes bytes; returns for how many nanoseconds to pause before taking more, 0 for not at all.
   */
  synchronized long take(int bytes) {
    long now = nanoTime.getAsLong();
    if (now - free > MAX_SAVED) {
      free = now - MAX_SAVED;
    }
    free += (long) ((double) bytes * NANOS / bytesPerSecond);
    return Math.max(0, free - now);
  }
}
