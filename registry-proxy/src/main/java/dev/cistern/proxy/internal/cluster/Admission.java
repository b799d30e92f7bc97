package dev.cistern.proxy.internal.cluster;

import dev.cistern.api.Digest;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;

/**
 * Decides which content of other caches to keep: what is asked for a second time within a window.
 * The owner keeps all of it, so a wrong decision costs a transfer within the cluster.
 *
 * <p>Remembers requests in two Bloom filters of a fixed size, of the current and of the previous
 * half of the window. Filters that have become full say "asked before" about anything: then more is
 * kept than necessary. Thread-safe; reads no clock.
 */
final class Admission {

  private static final int BITS = 1 << 20;
  private static final int HASHES = 4;

  /** A filter with more entries is wrong too often. */
  private static final int FULL = BITS / HASHES / 2;

  private final Duration half;
  private BitSet current = new BitSet(BITS);
  private BitSet before = new BitSet(BITS);
  private BitSet often = new BitSet(BITS);
  private BitSet oftenBefore = new BitSet(BITS);
  private int entries;
  private Instant end;

  /**
   * @param window how close two requests must be at least: half of it always counts, and all of it
   *     sometimes
   */
  Admission(Duration window, Instant now) {
    half = window.dividedBy(2);
    end = now.plus(half);
  }

  /** Content was asked for. */
  synchronized void asked(Digest digest, Instant now) {
    turn(now);
    if (has(current, digest) || has(before, digest)) {
      add(often, digest);
    }
    add(current, digest);
    entries++;
  }

  /** Whether content was asked for twice within the window. */
  synchronized boolean isOften(Digest digest, Instant now) {
    turn(now);
    return has(often, digest) || has(oftenBefore, digest);
  }

  private void turn(Instant now) {
    if (now.isBefore(end) && entries <= FULL) {
      return;
    }
    boolean longAgo = !now.isBefore(end.plus(half));
    before = longAgo ? new BitSet(BITS) : current;
    oftenBefore = longAgo ? new BitSet(BITS) : often;
    current = new BitSet(BITS);
    often = new BitSet(BITS);
    entries = 0;
    end = now.plus(half);
  }

  private static boolean has(BitSet filter, Digest digest) {
    for (int i = 0; i < HASHES; i++) {
      if (!filter.get(bit(digest, i))) {
        return false;
      }
    }
    return true;
  }

  private static void add(BitSet filter, Digest digest) {
    for (int i = 0; i < HASHES; i++) {
      filter.set(bit(digest, i));
    }
  }

  /** A digest is as good as random: parts of it are independent hashes. */
  private static int bit(Digest digest, int index) {
    String hex = digest.hex();
    return Integer.parseInt(hex, index * 5, index * 5 + 5, 16) & (BITS - 1);
  }
}
