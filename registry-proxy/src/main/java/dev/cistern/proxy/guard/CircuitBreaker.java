package dev.cistern.proxy.guard;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Decides from the outcomes of calls whether an upstream is worth asking. It opens after a number
 * of failures in a row and closes with the first success; while it is open, probes are due at
 * growing intervals. Does no I/O and knows no clock; thread-safe.
 */
final class CircuitBreaker {

  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(5);

  private final int threshold;
  private final Duration firstInterval;

  private int failures;
  private boolean open;
  private Duration interval;
  private Instant nextProbe = Instant.MIN;

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

  /**
   * Notes a success.
   *
   * @return whether this closed the breaker
   */
  synchronized boolean succeeded() {
    boolean closed = open;
    failures = 0;
    open = false;
    return closed;
  }

  /**
   * Notes a failure.
   *
   * @return whether this opened the breaker
   */
  synchronized boolean failed(Instant now) {
    failures++;
    if (open || failures < threshold) {
      return false;
    }
    open = true;
    interval = firstInterval;
    nextProbe = now.plus(interval);
    return true;
  }

  /**
   * Takes the next probe: when to make it, given that it is made. Empty once the breaker is closed.
   */
  synchronized Optional<Duration> untilNextProbe(Instant now) {
    if (!open) {
      return Optional.empty();
    }
    Duration wait = Duration.between(now, nextProbe);
    Duration doubled = interval.multipliedBy(2);
    interval = doubled.compareTo(LONGEST_INTERVAL) < 0 ? doubled : LONGEST_INTERVAL;
    nextProbe = nextProbe.plus(interval);
    return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
  }
}
