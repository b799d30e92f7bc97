package dev.cistern.proxy.internal.store;

/**
 * The data of one index entry, in 64 bits and an {@code int}:
 *
 * <pre>
 * 63 .. 26  last use, in ticks of 16 ms since the epoch (until 2109)
 * 25 .. 12  seconds from the stored last use to the last use, at most 4.5 h
 * 11        the last round that marked it, see ListingRound
 * 10        whether it is pinned
 *   9       whether the size is known to be that of the right content
 *   8 ..  0  the size in bytes, bits 40 to 32; the int has bits 31 to 0
 * </pre>
 *
 * <p>In a free slot the last use is zero, which no entry has.
 */
final class EntryBits {

  static final long LARGEST_SIZE = (1L << 41) - 1;

  private static final int TICK_SHIFT = 26;
  private static final int MILLIS_SHIFT = 4;
  private static final long LAST_TICK = (1L << 38) - 1;
  private static final int AGE_SHIFT = 12;
  private static final long OLDEST = (1L << 14) - 1;
  private static final long ROUND = 1L << 11;
  private static final long PINNED = 1L << 10;
  private static final long KNOWN_SIZE = 1L << 9;
  private static final long HIGH_SIZE = (1L << 9) - 1;

  private EntryBits() {}

  /** The bits of content whose last use is stored. */
  static long fresh(long size, long lastUse) {
    return (tick(lastUse) << TICK_SHIFT) | (Math.min(size, LARGEST_SIZE) >>> 32);
  }

  static int lowSize(long size) {
    return (int) Math.min(size, LARGEST_SIZE);
  }

  static long size(long bits, int lowSize) {
    return ((bits & HIGH_SIZE) << 32) | Integer.toUnsignedLong(lowSize);
  }

  /** With another size, which is not known to be right. */
  static long withSize(long bits, long size) {
    return (bits & ~HIGH_SIZE & ~KNOWN_SIZE) | (Math.min(size, LARGEST_SIZE) >>> 32);
  }

  static long withKnownSize(long bits) {
    return bits | KNOWN_SIZE;
  }

  static boolean isSizeKnown(long bits) {
    return (bits & KNOWN_SIZE) != 0;
  }

  /** In milliseconds since the epoch. */
  static long lastUse(long bits) {
    return (bits >>> TICK_SHIFT) << MILLIS_SHIFT;
  }

  /** With a use that is not stored yet; unchanged when a later use is known. */
  static long used(long bits, long now) {
    long advance = tick(now) - (bits >>> TICK_SHIFT);
    if (advance <= 0) {
      return bits;
    }
    // In whole seconds of the clock, so that many small differences add up.
    long seconds = second(tick(now)) - second(bits >>> TICK_SHIFT);
    long unwritten = Math.min(OLDEST, unwritten(bits) + seconds);
    return with(bits, tick(now), unwritten);
  }

  /** With the last use that storage has, which may be later or earlier than the known one. */
  static long found(long bits, long modified) {
    long last = bits >>> TICK_SHIFT;
    long tick = Math.max(last, tick(modified));
    return with(bits, tick, Math.min(OLDEST, second(tick) - second(tick(modified))));
  }

  /** How many seconds the stored last use is behind. */
  static long unwritten(long bits) {
    return (bits >>> AGE_SHIFT) & OLDEST;
  }

  static long withRound(long bits, boolean round) {
    return round ? bits | ROUND : bits & ~ROUND;
  }

  static boolean round(long bits) {
    return (bits & ROUND) != 0;
  }

  static long withPin(long bits, boolean pinned) {
    return pinned ? bits | PINNED : bits & ~PINNED;
  }

  static boolean isPinned(long bits) {
    return (bits & PINNED) != 0;
  }

  static boolean isFree(long bits) {
    return bits >>> TICK_SHIFT == 0;
  }

  static long free(int next) {
    return next;
  }

  static int nextFree(long bits) {
    return (int) bits;
  }

  private static long with(long bits, long tick, long unwritten) {
    return (tick << TICK_SHIFT) | (unwritten << AGE_SHIFT) | (bits & ((1L << AGE_SHIFT) - 1));
  }

  private static long tick(long millis) {
    return Math.max(1, Math.min(LAST_TICK, millis >> MILLIS_SHIFT));
  }

  private static long second(long tick) {
    return (tick << MILLIS_SHIFT) / 1000;
  }
}
