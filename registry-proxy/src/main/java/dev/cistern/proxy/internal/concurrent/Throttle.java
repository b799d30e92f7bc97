package dev.cistern.proxy.internal.concurrent;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Lets one event in each interval pass, and counts the others. Thread-safe. */
public final class Throttle {

  private final Duration interval;

  private long suppressed;
  private @Nullable Instant last;

  /** Lets the first event pass. */
  public Throttle(Duration interval) {
    this.interval = interval;
  }

  /**
   * Decides about one more event.
   *
   * @return -1 if it is suppressed; else how many events were suppressed since the last one that
   *     passed
   */
  public synchronized long admit(Instant now) {
    // When the clock was set back, the time since the last event is unknown: let this one pass.
    if (last != null && now.isBefore(last.plus(interval)) && !now.isBefore(last)) {
      suppressed++;
      return -1;
    }
    last = now;
    long before = suppressed;
    suppressed = 0;
    return before;
  }
}
