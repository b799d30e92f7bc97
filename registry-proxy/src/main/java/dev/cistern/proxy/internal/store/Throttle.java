package dev.cistern.proxy.internal.store;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Counts events, and lets one through in each interval. Thread-safe. */
final class Throttle {

  private final Duration interval;

  private long count;
  private long unsaid;
  private @Nullable Instant last;

  Throttle(Duration interval) {
    this.interval = interval;
  }

  /**
   * One more event.
   *
   * @return how many were held back since the last that was let through, if this one is let
   *     through; else -1
   */
  synchronized long admit(Instant now) {
    count++;
    // A clock that was put back says nothing: the event may as well be told.
    if (last != null && now.isBefore(last.plus(interval)) && !now.isBefore(last)) {
      unsaid++;
      return -1;
    }
    last = now;
    long before = unsaid;
    unsaid = 0;
    return before;
  }

  synchronized long count() {
    return count;
  }
}
