package dev.cistern.proxy.internal.concurrent;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many connections to one upstream may transfer one blob. After it has refused a further one,
 * there is one for some time. Thread-safe.
 */
public final class ParallelTransfers {

  /** How long to remember a refusal. */
  static final Duration REMEMBERED = Duration.ofMinutes(10);

  private final int most;
  private final LongSupplier nanoTime;
  private volatile long refusedAt;
  private volatile boolean refused;

  /**
   * @param most 1: never several
   * @param nanoTime as {@link System#nanoTime}
   */
  public ParallelTransfers(int most, LongSupplier nanoTime) {
    this.most = most;
    this.nanoTime = nanoTime;
  }

  /** How many connections a transfer that begins now may have. */
  public int most() {
    return refused && nanoTime.getAsLong() - refusedAt < REMEMBERED.toNanos() ? 1 : most;
  }

  /** The upstream has refused a further connection for a blob, or ended one. */
  public void refused() {
    refusedAt = nanoTime.getAsLong();
    refused = true;
  }
}
