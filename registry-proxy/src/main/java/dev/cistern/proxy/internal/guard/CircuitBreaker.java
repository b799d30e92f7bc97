package dev.cistern.proxy.internal.guard;

import java.time.Duration;
import java.util.Optional;

/**
 * Decides from the outcomes of calls whether an upstream is worth asking. It opens after a number
 * of failures in a row and closes with the first success; while it is open, probes are due at
 * growing intervals. Does no I/O and knows no clock; thread-safe.
 *
 * <p>Successes, openings and trials each begin a new era. A call is judged by the era in which it
 * began: a failure that was on its way before the last success says nothing about what came after.
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
   * A closed breaker.
   *
   * @param threshold how many failures in a row open it
   * @param firstInterval from opening to the first probe; doubled for each further one, up to 5 s
   */
  CircuitBreaker(int threshold, Duration firstInterval) {
    this.threshold = threshold;
    this.firstInterval = firstInterval;
    interval = firstInterval;
  }

  synchronized boolean isOpen() {
    return open;
  }

  /** The era in which a call begins that begins now. */
  synchronized long era() {
    return era;
  }

  /**
   * Notes a success.
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
   * Notes the failure of a call.
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
   * Closes an open breaker on trial: the next failure opens it again, and probes go on at the
   * intervals that they had come to.
   */
  synchronized void closeOnTrial() {
    if (open) {
      era++;
      failures = threshold - 1;
      open = false;
    }
  }

  /**
   * Takes the next probe: how long from now to make it, given that it is made. Empty once the
   * breaker is not open any more as it was.
   *
   * @param opened the era that the opening began
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
