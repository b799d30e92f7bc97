package dev.cistern.proxy.fault;

import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes wrong with storage, counted, and told to the operator once a minute at most of each
 * kind: a disk that fails would else fill the log with every request. Thread-safe.
 */
public final class StorageFaults {

  /** What could not be done. */
  public enum Kind {
    /** Looking for content, or reading it: it is fetched instead. */
    READ,
    /** Serving a blob: it is not what its digest says, and is fetched again. */
    TORN,
    /** Keeping what was fetched: it will be fetched again. */
    WRITE,
    /** Holding a transfer on its way: it is passed through. */
    SPOOL,
    /** Holding a transfer within the limits of the cache: it is passed through. */
    ROOM,
    /** Counting what is kept, or making room. */
    SWEEP
  }

  private static final Logger log = LoggerFactory.getLogger(StorageFaults.class);
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final Map<Kind, Throttle> throttles = new EnumMap<>(Kind.class);

  /** Nothing has gone wrong yet. */
  public StorageFaults(InstantSource clock) {
    this.clock = clock;
    for (Kind kind : Kind.values()) {
      throttles.put(kind, new Throttle(INTERVAL));
    }
  }

  /**
   * Counts a fault, and logs it unless one of its kind has just been.
   *
   * @param attempt what could not be done with what, as the beginning of a sentence
   */
  public void report(Kind kind, String attempt, Throwable cause) {
    long unsaid = throttle(kind).admit(clock.instant());
    if (unsaid < 0) {
      log.debug("{}", attempt, cause);
      return;
    }
    String others =
        unsaid == 0 ? "" : " (and %d more like it since the last report)".formatted(unsaid);
    if (cause instanceof RuntimeException) {
      // A bug shows by its place more than by its name.
      log.error("{}: {}{}", attempt, cause, others, cause);
    } else {
      log.error("{}: {}{}", attempt, cause, others);
    }
  }

  /** How many faults of this kind there have been. */
  public long count(Kind kind) {
    return throttle(kind).count();
  }

  private Throttle throttle(Kind kind) {
    return Objects.requireNonNull(throttles.get(kind));
  }
}
