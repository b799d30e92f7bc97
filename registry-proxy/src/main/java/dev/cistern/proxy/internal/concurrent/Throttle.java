package dev.cistern.proxy.internal.concurrent;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Lets one event through in each interval, and counts those held back. Thread-safe. */
public final class Throttle {

  private final Duration interval;

  private long unsaid;
  private @Nullable Instant last;

  /** Nothing was let through yet. */
  public Throttle(Duration interval) {
    this.interval = interval;
  }

  /**
   * One more event.
   *
   * @return how many were held back since the last that was let through, if this one is let
   *     through; else -1
   */
  public synchronized long admit(Instant now) {
    // After the clock was set back nothing is known: let the event through.
    if (last != null && now.isBefore(last.plus(interval)) && !now.isBefore(last)) {
      unsaid++;
      return -1;
    }
    last = now;
    long before = unsaid;
    unsaid = 0;
    return before;
  }
}
