package dev.cistern.server.admin;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * The traffic of the last day, by minute: a ring of the sums at the beginning of each minute. It
 * learns them from {@link #tick}, which must be called about every second. Thread-safe.
 */
final class TrafficHistory {

  static final int HOUR = 60;
  static final int DAY = 24 * HOUR;

  private static final int SIZE = DAY + 1;
  private static final long MILLIS = 60_000;

  private final InstantSource clock;
  private final Supplier<Traffic> sums;

  private final Traffic[] atBegin = new Traffic[SIZE]; // guarded by this
  private long minute; // guarded by this

  /**
   * Begins now.
   *
   * @param sums since the start of the server
   */
  TrafficHistory(InstantSource clock, Supplier<Traffic> sums) {
    this.clock = clock;
    this.sums = sums;
    Arrays.fill(atBegin, sums.get());
    minute = now();
  }

  private long now() {
    return clock.millis() / MILLIS;
  }

  private static int slot(long minute) {
    return (int) Math.floorMod(minute, (long) SIZE);
  }

  /** Notes the sums if a minute has begun. */
  synchronized void tick() {
    long now = now();
    if (now <= minute) {
      // The same minute, or the clock was set back.
      return;
    }
    Traffic sum = sums.get();
    for (long begun = Math.max(minute + 1, now - DAY); begun <= now; begun++) {
      atBegin[slot(begun)] = sum;
    }
    minute = now;
  }

  /** What came in the minute in progress and those before it, so many in all. */
  synchronized Traffic last(int minutes) {
    tick();
    return sums.get().since(atBegin[slot(minute - minutes + 1)]);
  }

  /** What came in each of so many minutes, the oldest first, the minute in progress last. */
  synchronized List<Traffic> byMinute(int minutes) {
    tick();
    List<Traffic> all = new ArrayList<>();
    for (long begun = minute - minutes + 1; begun < minute; begun++) {
      all.add(atBegin[slot(begun + 1)].since(atBegin[slot(begun)]));
    }
    all.add(sums.get().since(atBegin[slot(minute)]));
    return all;
  }
}
