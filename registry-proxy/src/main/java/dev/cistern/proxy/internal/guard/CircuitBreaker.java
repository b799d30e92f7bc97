package dev.cistern.proxy.internal.guard;

import java.time.Duration;
import java.util.Optional;

/**
 * Decides from the results of calls whether to call an upstream. It opens after a number of
 * failures in a row and closes with the first success; while it is open, probes are due at growing
 * intervals. Does no I/O and reads no clock; thread-safe.
 *
 * <p>A success, an opening and a trial each begin a new era. A failure counts only in the era in
 * which its call began: a call that began before the last success says nothing about later ones.
 */
final class CircuitBreaker {

  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(5);

  private final int threshold;
  private final Duration firstInterval;

  private long era;
  private int failures;
  private boolean open;
  private Duration interval;

  /**
   * Starts closed.
   *
   * @param threshold how many failures in a row open it
   * @param firstInterval the time from opening to the first probe; doubled for each further probe,
   *     up to 5 s
   */
  CircuitBreaker(int threshold, Duration firstInterval) {
    this.threshold = threshold;
    this.firstInterval = firstInterval;
    interval = firstInterval;
  }

  synchronized boolean isOpen() {
    return open;
  }

  /** The era of a call that begins now. */
  synchronized long era() {
    return era;
  }

  /**
   * Records a success.
   *
   * @return whether this closed the breaker
   */
  synchronized boolean succeeded() {
    boolean closed = open;
    era++;
    failures = 0;
    open = false;
    interval = firstInterval;
    return closed;
  }

  /**
   * Records the failure of a call.
   *
   * @param began the era in which the call began
   * @return whether this opened the breaker
   */
  synchronized boolean failed(long began) {
    if (open || began != era) {
      return false;
    }
    failures++;
    if (failures < threshold) {
      return false;
    }
    era++;
    open = true;
    return true;
  }

  /**
   * Closes an open breaker on trial: the next failure opens it again, and probes continue at the
   * interval that they had reached.
   */
  synchronized void closeOnTrial() {
    if (open) {
      era++;
      failures = threshold - 1;
      open = false;
    }
  }

  /**
   * How long to wait from now before the next probe, which the caller must make. Empty when the
   * breaker has been closed since, or closed and opened again.
   *
   * @param opened the era that began with the opening
   */
  synchronized Optional<Duration> untilNextProbe(long opened) {
    if (!open || opened != era) {
      return Optional.empty();
    }
    Duration wait = interval;
    Duration doubled = interval.multipliedBy(2);
    interval = doubled.compareTo(LONGEST_INTERVAL) < 0 ? doubled : LONGEST_INTERVAL;
    return Optional.of(wait);
  }
}
