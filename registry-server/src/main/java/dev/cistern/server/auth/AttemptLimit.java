package dev.cistern.server.auth;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How many attempts each of many may make: some at once, then one in each interval. Remembers only
 * those that were seen last, in bounded memory. Thread-safe.
 *
 * @param <K> who makes attempts
 */
final class AttemptLimit<K> {

  private final long interval;
  private final long burst;
  private final LongSupplier nanos;

  /** For each, until when its attempts are used up, if one is allowed in each interval. */
  private final BoundedMap<K, Long> usedUntil;

  /**
   * @param attempts how many are allowed at once, at least 1
   * @param interval after which one more is allowed
   * @param most how many to remember
   * @param nanos the time, as {@link System#nanoTime}
   */
  AttemptLimit(int attempts, Duration interval, int most, LongSupplier nanos) {
    this.interval = interval.toNanos();
    this.burst = attempts * this.interval;
    this.nanos = nanos;
    this.usedUntil = new BoundedMap<>(most);
  }

  /**
   * Takes an attempt.
   *
   * @return empty if it may be made; otherwise how long to wait for the next one
   */
  synchronized Optional<Duration> take(K key) {
    long now = nanos.getAsLong();
    @Nullable Long known = usedUntil.get(key);
    long next = (known == null || known - now < 0 ? now : known) + interval;
    long excess = next - now - burst;
    if (excess > 0) {
      return Optional.of(Duration.ofNanos(excess));
    }
    usedUntil.put(key, next);
    return Optional.empty();
  }

  /** Gives an attempt back. */
  synchronized void giveBack(K key) {
    @Nullable Long known = usedUntil.get(key);
    if (known != null) {
      usedUntil.put(key, known - interval);
    }
  }
}
