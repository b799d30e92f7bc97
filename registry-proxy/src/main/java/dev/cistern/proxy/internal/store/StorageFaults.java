package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.Throttle;
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

  private static final Logger log = LoggerFactory.getLogger(StorageFaults.class);
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final CacheListener listener;
  private final Map<StorageFault, Throttle> throttles = new EnumMap<>(StorageFault.class);

  /** Nothing has gone wrong yet. */
  public StorageFaults(InstantSource clock, CacheListener listener) {
    this.clock = clock;
    this.listener = listener;
    for (StorageFault kind : StorageFault.values()) {
      throttles.put(kind, new Throttle(INTERVAL));
    }
  }

  /**
   * Counts a fault, and logs it unless one of its kind has just been.
   *
   * @param attempt what could not be done with what, as the beginning of a sentence
   */
  public void report(StorageFault kind, String attempt, Throwable cause) {
    listener.storageFailed(kind, attempt, cause);
    long suppressed = throttle(kind).admit(clock.instant());
    if (suppressed < 0) {
      log.debug("{}", attempt, cause);
      return;
    }
    String others =
        suppressed == 0 ? "" : " (and %d more like it since the last report)".formatted(suppressed);
    if (cause instanceof RuntimeException) {
      // A bug shows by its place more than by its name.
      log.error("{}: {}{}", attempt, cause, others, cause);
    } else {
      log.error("{}: {}{}", attempt, cause, others);
    }
  }

  private Throttle throttle(StorageFault kind) {
    return Objects.requireNonNull(throttles.get(kind));
  }
}
