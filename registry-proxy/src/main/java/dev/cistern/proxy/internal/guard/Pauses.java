package dev.cistern.proxy.internal.guard;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The times for which a host asked for fewer requests (429), for each kind of request by itself.
 * Thread-safe.
 */
final class Pauses<K> {

  /** The pause after a 429 without {@code Retry-After}. */
  private static final Duration DEFAULT = Duration.ofSeconds(5);

  /** For a {@code Retry-After} in the past: a host that refuses is not asked again at once. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private static final Duration LONGEST = Duration.ofMinutes(15);

  private final InstantSource clock;
  private final Map<K, Instant> ends = new ConcurrentHashMap<>();

  /** Starts without pauses. */
  Pauses(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * How long to pause when a host asks for this: at least a second, so that it is not asked again
   * at once, and at most a quarter of an hour, because it may be wrong.
   */
  static Duration bounded(Optional<Duration> asked) {
    Duration pause = asked.orElse(DEFAULT);
    if (pause.compareTo(SHORTEST) < 0) {
      return SHORTEST;
    }
    return pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
  }

  /**
   * Starts a pause, or makes it longer.
   *
   * @return whether there was none
   */
  boolean start(K kind, Duration pause) {
    boolean none = left(kind).isEmpty();
    Instant end = clock.instant().plus(pause);
    ends.merge(kind, end, (one, other) -> one.isAfter(other) ? one : other);
    return none;
  }

  /** What is left of a pause; empty when there is none. */
  Optional<Duration> left(K kind) {
    // The clock is read only when there may be a pause.
    if (ends.isEmpty()) {
      return Optional.empty();
    }
    Instant end = ends.get(kind);
    if (end == null) {
      return Optional.empty();
    }
    Duration left = Duration.between(clock.instant(), end);
    if (left.isNegative() || left.isZero()) {
      ends.remove(kind, end);
      return Optional.empty();
    }
    return Optional.of(left);
  }
}
