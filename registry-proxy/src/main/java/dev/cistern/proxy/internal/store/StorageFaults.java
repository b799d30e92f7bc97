package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.Throttle;
import dev.cistern.storage.FailureText;
import dev.cistern.storage.StorageException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports failures of storage: all of them to the listener, and at most one a minute of each kind
 * to the log, because otherwise a failing disk would log every request. Thread-safe.
 */
public final class StorageFaults {

  private static final Logger log = LoggerFactory.getLogger(StorageFaults.class);
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final CacheListener listener;
  private final Map<StorageFault, Throttle> throttles = new EnumMap<>(StorageFault.class);

  /** Starts without failures. */
  public StorageFaults(InstantSource clock, CacheListener listener) {
    this.clock = clock;
    this.listener = listener;
    for (StorageFault kind : StorageFault.values()) {
      throttles.put(kind, new Throttle(INTERVAL));
    }
  }

  /**
   * Reports a failure, and logs it unless one of its kind was logged within the last minute.
   *
   * @param attempt what failed, and what follows from it, as the beginning of a log line
   */
  public void report(StorageFault kind, String attempt, Throwable cause) {
    listener.storageFailed(kind, attempt, cause);
    long suppressed = throttle(kind).admit(clock.instant());
    if (suppressed < 0) {
      log.debug("{}", attempt, cause);
      return;
    }
    String others =
        suppressed == 0
            ? ""
            : " (and %d more of this kind since the last report)".formatted(suppressed);
    if (cause instanceof RuntimeException) {
      // Probably a bug: its stack trace is needed.
      log.error("{}: {}{}", attempt, cause, others, cause);
    } else {
      log.error("{}: {}{}", attempt, text(cause), others);
    }
  }

  private static String text(Throwable cause) {
    if (cause instanceof StorageException known) {
      return word(known.kind()) + ": " + known.getMessage();
    }
    return FailureText.of(cause);
  }

  private static String word(StorageException.Kind kind) {
    return switch (kind) {
      case FULL -> "storage is full";
      case REFUSED -> "storage refuses this";
      case THROTTLED -> "storage asks for fewer requests";
      case UNAVAILABLE -> "storage is not available";
    };
  }

  private Throttle throttle(StorageFault kind) {
    return Objects.requireNonNull(throttles.get(kind));
  }
}
