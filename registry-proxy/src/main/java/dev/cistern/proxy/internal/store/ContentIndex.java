package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What is kept: each content once, with its size and its last use. In memory alone, about 50 bytes
 * for each, and rebuilt from a listing of the store, which may run while everything else goes on.
 * Most of that are whole digests, so that what has to go can be named without a listing.
 *
 * <p>It is cut into stripes by digest, each a {@link DigestTable} under its own monitor, which is
 * held for the time of a look-up and never for that of an input or output. Noting a use is such a
 * look-up and the writing of an array element.
 *
 * <p><b>Listings.</b> A listing is behind: it may show what has been removed since, and lack what
 * has been added. So each listing is a round. Whatever is seen by it, used or put while it runs
 * gets the round's mark, and what has not got it at the end was not there, and goes. What is
 * removed while it runs is remembered until the end, so that the listing does not bring it back.
 */
final class ContentIndex implements EvictionCandidates {

  private static final int STRIPES = 64;
  private static final int SLOT_BITS = 24;

  private final DigestTable[] stripes = new DigestTable[2 * STRIPES];
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  // What may not go, besides what a visitor of forEach() knows itself.
  private volatile Set<Digest> pinned = Set.of();

  private volatile boolean round;
  private volatile @Nullable Set<Digest> removedInRound;

  ContentIndex() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new DigestTable(DigestAlgorithm.SHA256);
      stripes[STRIPES + i] = new DigestTable(DigestAlgorithm.SHA512);
    }
  }

  /** How many contents there are. */
  long count() {
    return count.get();
  }

  /** How many bytes they have. */
  long bytes() {
    return bytes.get();
  }

  boolean contains(Digest digest) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      return stripe.find(digest) >= 0;
    }
  }

  /** Whether the content is here, and has another size. */
  boolean differs(Digest digest, long size) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      return slot >= 0 && sizeOf(stripe, slot) != Math.min(size, EntryBits.LARGEST_SIZE);
    }
  }

  /** Content was served from storage. */
  void used(Digest digest, long size, long now) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      if (slot < 0) {
        // Not indexed yet; or put there by another cache.
        add(stripe, digest, size, now);
      } else {
        long bits = EntryBits.used(stripe.bits(slot), now);
        stripe.set(slot, EntryBits.withRound(bits, round), stripe.lowSize(slot));
      }
    }
  }

  /**
   * Content was served that is in memory too.
   *
   * @return false when it is not here: it has gone, and comes not back by that
   */
  boolean usedFromMemory(Digest digest, long now) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      if (slot < 0) {
        return false;
      }
      // Without the round's mark: only a look into storage tells that it is there.
      stripe.set(slot, EntryBits.used(stripe.bits(slot), now), stripe.lowSize(slot));
      return true;
    }
  }

  /** Content was stored, which its modification time says. */
  void put(Digest digest, long size, long now) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      forgetRemoval(digest);
      int slot = stripe.find(digest);
      if (slot < 0) {
        add(stripe, digest, size, now);
      } else {
        update(stripe, slot, EntryBits.used(stripe.bits(slot), now), size);
      }
    }
  }

  /** A listing shows content. */
  void found(Digest digest, long size, long modified) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      Set<Digest> removed = removedInRound;
      if (removed != null && removed.contains(digest)) {
        return;
      }
      int slot = stripe.find(digest);
      if (slot < 0) {
        add(stripe, digest, size, modified);
      } else {
        // Content never changes its size. One that seems to is to be looked at when it is used, by
        // the size that it had.
        long bits = EntryBits.found(stripe.bits(slot), modified);
        stripe.set(slot, EntryBits.withRound(bits, round), stripe.lowSize(slot));
      }
    }
  }

  private void add(DigestTable stripe, Digest digest, long size, long lastUse) {
    int slot = stripe.add(digest);
    long bits = EntryBits.withRound(EntryBits.fresh(size, lastUse), round);
    stripe.set(slot, EntryBits.withPin(bits, pinned.contains(digest)), EntryBits.lowSize(size));
    count.incrementAndGet();
    bytes.addAndGet(sizeOf(stripe, slot));
  }

  private void update(DigestTable stripe, int slot, long bits, long size) {
    bytes.addAndGet(-sizeOf(stripe, slot));
    stripe.set(
        slot, EntryBits.withRound(EntryBits.withSize(bits, size), round), EntryBits.lowSize(size));
    bytes.addAndGet(sizeOf(stripe, slot));
  }

  /**
   * Content is about to be deleted.
   *
   * @return whether it was here
   */
  boolean remove(Digest digest) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      Set<Digest> removed = removedInRound;
      if (removed != null) {
        removed.add(digest);
      }
      int slot = stripe.find(digest);
      if (slot >= 0) {
        remove(stripe, slot);
      }
      return slot >= 0;
    }
  }

  private void remove(DigestTable stripe, int slot) {
    count.decrementAndGet();
    bytes.addAndGet(-sizeOf(stripe, slot));
    stripe.remove(slot);
  }

  /** Content could not be deleted after all. */
  void restore(Digest digest, long size, long lastUse) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      forgetRemoval(digest);
      if (stripe.find(digest) < 0) {
        add(stripe, digest, size, lastUse);
      }
    }
  }

  private void forgetRemoval(Digest digest) {
    Set<Digest> removed = removedInRound;
    if (removed != null) {
      removed.remove(digest);
    }
  }

  /** A listing begins. One at a time. */
  void beginRound() {
    removedInRound = ConcurrentHashMap.newKeySet();
    round = !round;
  }

  /**
   * A listing has shown everything.
   *
   * @return how many entries have gone, which were not there
   */
  int endRound() {
    int gone = 0;
    for (DigestTable stripe : stripes) {
      synchronized (stripe) {
        for (int slot = 0; slot < stripe.slots(); slot++) {
          long bits = stripe.bits(slot);
          if (!EntryBits.isFree(bits) && EntryBits.round(bits) != round) {
            remove(stripe, slot);
            gone++;
          }
        }
      }
    }
    removedInRound = null;
    return gone;
  }

  /** A listing has not come to its end: it says nothing of what it has not shown. */
  void abandonRound() {
    removedInRound = null;
  }

  /** From now on these may not go, and no others than these. */
  void pin(Set<Digest> digests) {
    Set<Digest> before = pinned;
    pinned = Set.copyOf(digests);
    before.forEach(digest -> pin(digest, false));
    pinned.forEach(digest -> pin(digest, true));
  }

  private void pin(Digest digest, boolean pin) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      if (slot >= 0) {
        stripe.set(slot, EntryBits.withPin(stripe.bits(slot), pin), stripe.lowSize(slot));
      }
    }
  }

  @Override
  public void forEach(Visitor visitor) {
    forEachEntry(
        (id, bits, lowSize) ->
            visitor.visit(
                id,
                Costs.of(EntryBits.size(bits, lowSize)),
                EntryBits.lastUse(bits),
                EntryBits.isPinned(bits) ? Protection.PROTECTED : Protection.NONE));
  }

  /** The ids of entries that were used so many seconds after what storage knows. */
  List<Integer> unwritten(long seconds, int most) {
    List<Integer> ids = new ArrayList<>();
    forEachEntry(
        (id, bits, lowSize) -> {
          if (EntryBits.unwritten(bits) >= seconds && ids.size() < most) {
            ids.add(id);
          }
        });
    return ids;
  }

  private interface BitsVisitor {
    void visit(int id, long bits, int lowSize);
  }

  /** Copies a chunk at a time, so that no monitor is held for longer than that takes. */
  private void forEachEntry(BitsVisitor visitor) {
    long[] bits = new long[DigestTable.CHUNK];
    int[] lowSizes = new int[DigestTable.CHUNK];
    for (int i = 0; i < stripes.length; i++) {
      for (int start = 0; true; start += DigestTable.CHUNK) {
        int copied = copy(stripes[i], start, bits, lowSizes);
        if (copied == 0) {
          break;
        }
        for (int j = 0; j < copied; j++) {
          if (!EntryBits.isFree(bits[j])) {
            visitor.visit((i << SLOT_BITS) | (start + j), bits[j], lowSizes[j]);
          }
        }
      }
    }
  }

  private static int copy(DigestTable stripe, int start, long[] bits, int[] lowSizes) {
    synchronized (stripe) {
      int end = Math.min(stripe.slots(), start + DigestTable.CHUNK);
      for (int slot = start; slot < end; slot++) {
        bits[slot - start] = stripe.bits(slot);
        lowSizes[slot - start] = stripe.lowSize(slot);
      }
      return Math.max(0, end - start);
    }
  }

  /**
   * What an entry is about now.
   *
   * @param lastUse in milliseconds since the epoch
   */
  record Entry(Digest digest, long size, long lastUse) {}

  /** The entry of an id, unless it has gone since that was given out. */
  Optional<Entry> entry(int id) {
    DigestTable stripe = stripes[id >>> SLOT_BITS];
    int slot = id & ((1 << SLOT_BITS) - 1);
    synchronized (stripe) {
      long bits = slot < stripe.slots() ? stripe.bits(slot) : 0;
      return EntryBits.isFree(bits)
          ? Optional.empty()
          : Optional.of(
              new Entry(stripe.digest(slot), sizeOf(stripe, slot), EntryBits.lastUse(bits)));
    }
  }

  /** The id of a content's entry, if it has one. */
  OptionalInt id(Digest digest) {
    int number = stripeOf(digest);
    DigestTable stripe = stripes[number];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      return slot < 0 ? OptionalInt.empty() : OptionalInt.of((number << SLOT_BITS) | slot);
    }
  }

  boolean isPinned(Digest digest) {
    return pinned.contains(digest);
  }

  /** Storage knows now that the content was used then. */
  void written(Digest digest, long lastUse) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      if (slot >= 0) {
        stripe.set(slot, EntryBits.found(stripe.bits(slot), lastUse), stripe.lowSize(slot));
      }
    }
  }

  /** What all this takes, in bytes. */
  long memory() {
    long memory = 0;
    for (DigestTable stripe : stripes) {
      synchronized (stripe) {
        memory += stripe.memory();
      }
    }
    return memory;
  }

  private static long sizeOf(DigestTable stripe, int slot) {
    return EntryBits.size(stripe.bits(slot), stripe.lowSize(slot));
  }

  private static int stripeOf(Digest digest) {
    int stripe = (int) DigestTable.word(digest.hex(), 0) & (STRIPES - 1);
    return digest.algorithm() == DigestAlgorithm.SHA256 ? stripe : STRIPES + stripe;
  }
}
