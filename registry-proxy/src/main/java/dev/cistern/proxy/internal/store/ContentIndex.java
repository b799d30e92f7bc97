package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.LongUnaryOperator;

/**
 * The index of cached content: each digest once, with its size and last use. It is kept only in
 * memory, with about 50 bytes for each digest (one more when upstreams have shares), and rebuilt by
 * listing the store while the cache works. Most of the memory is for whole digests, so that content
 * can be evicted without a listing.
 *
 * <p>The index is divided into stripes by digest. Each is a {@link DigestTable} with its own
 * monitor, which is held during a look-up and never during I/O. To record a use is one look-up and
 * one write to an array.
 *
 * <p>The store changes while it is listed: see {@link ListingRound}.
 */
final class ContentIndex implements EvictionCandidates {

  private static final int STRIPES = 64;
  private static final int SLOT_BITS = 24;

  private final DigestTable[] stripes = new DigestTable[2 * STRIPES];
  private final IndexTotals totals = new IndexTotals();
  private final ListingRound round = new ListingRound();

  // Content that may not be evicted; a visitor of forEach() may know of more.
  private volatile Set<Digest> pinned = Set.of();

  ContentIndex() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new DigestTable(DigestAlgorithm.SHA256);
      stripes[STRIPES + i] = new DigestTable(DigestAlgorithm.SHA512);
    }
  }

  /** How many entries there are, and their sizes. */
  IndexTotals totals() {
    return totals;
  }

  boolean contains(Digest digest) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      return stripe.find(digest) >= 0;
    }
  }

  /** Whether the content is indexed with another size. */
  boolean differs(Digest digest, long size) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      return slot >= 0 && sizeOf(stripe, slot) != Math.min(size, EntryBits.LARGEST_SIZE);
    }
  }

  /** Whether this size of the content is known to be right. */
  boolean isSizeKnown(Digest digest, long size) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      return slot >= 0
          && EntryBits.isSizeKnown(stripe.bits(slot))
          && sizeOf(stripe, slot) == Math.min(size, EntryBits.LARGEST_SIZE);
    }
  }

  /** Records that this size is right, if the content is indexed with it. */
  void sizeIsRight(Digest digest, long size) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      if (slot >= 0 && sizeOf(stripe, slot) == Math.min(size, EntryBits.LARGEST_SIZE)) {
        change(stripe, slot, EntryBits::withKnownSize);
      }
    }
  }

  /**
   * Records that content was served from storage.
   *
   * @return whether it was not indexed before
   */
  boolean used(Digest digest, long size, long now) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      if (slot < 0) {
        // Not indexed yet, or stored by another cache.
        add(stripe, digest, size, now);
        return true;
      }
      change(stripe, slot, bits -> round.marked(EntryBits.used(bits, now)));
      return false;
    }
  }

  /** Records that an upstream has the content, if it is indexed. */
  void own(Digest digest, int owner, Shares shares) {
    if (owner == Shares.UNKNOWN) {
      return;
    }
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      if (slot >= 0) {
        int before = stripe.owner(slot);
        int now = shares.prefer(before, owner);
        totals.move(sizeOf(stripe, slot), before, now);
        stripe.setOwner(slot, now);
      }
    }
  }

  /** The number of the upstream that content counts to. */
  int owner(Digest digest) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      return slot < 0 ? Shares.UNKNOWN : stripe.owner(slot);
    }
  }

  /** Forgets to which upstreams content counts. */
  void forgetOwners() {
    for (DigestTable stripe : stripes) {
      synchronized (stripe) {
        for (int slot = 0; slot < stripe.slots(); slot++) {
          if (!EntryBits.isFree(stripe.bits(slot))) {
            totals.move(sizeOf(stripe, slot), stripe.owner(slot), Shares.UNKNOWN);
          }
        }
        stripe.clearOwners();
      }
    }
  }

  /** Whether there is content of which it is not known who has it. */
  boolean isAnyUnowned() {
    boolean[] found = {false};
    forEachEntry((id, bits, lowSize, owner) -> found[0] |= owner == Shares.UNKNOWN);
    return found[0];
  }

  /**
   * Records that content was served from memory.
   *
   * @return false when it is not indexed: it was evicted, and this does not add it
   */
  boolean usedFromMemory(Digest digest, long now) {
    // Without the round's mark, because this does not show that storage still has the content.
    return change(digest, bits -> EntryBits.used(bits, now));
  }

  /** Records that verified content was stored; its modification time is its last use. */
  void put(Digest digest, long size, long now) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      round.put(digest);
      int slot = stripe.find(digest);
      if (slot < 0) {
        add(stripe, digest, size, now);
      } else {
        update(stripe, slot, EntryBits.used(stripe.bits(slot), now), size);
      }
      sizeIsRight(digest, size);
    }
  }

  /** Records content that a listing shows. */
  void found(Digest digest, long size, long modified) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      if (round.isRemoved(digest)) {
        return;
      }
      int slot = stripe.find(digest);
      if (slot < 0) {
        add(stripe, digest, size, modified);
      } else {
        // Content never changes its size. The old size is kept, so that the difference is noticed
        // and the blob verified when it is used.
        change(stripe, slot, bits -> round.marked(EntryBits.found(bits, modified)));
      }
    }
  }

  /** Records a last use that is stored, by this cache or by another one, if it is indexed. */
  void useIsStored(Digest digest, long lastUse) {
    boolean unused = change(digest, bits -> EntryBits.found(bits, lastUse));
  }

  /**
   * Changes the bits of an entry.
   *
   * @return false when there is none
   */
  private boolean change(Digest digest, LongUnaryOperator change) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      int slot = stripe.find(digest);
      if (slot < 0) {
        return false;
      }
      change(stripe, slot, change);
      return true;
    }
  }

  private static void change(DigestTable stripe, int slot, LongUnaryOperator change) {
    stripe.set(slot, change.applyAsLong(stripe.bits(slot)), stripe.lowSize(slot));
  }

  private int add(DigestTable stripe, Digest digest, long size, long lastUse) {
    int slot = stripe.add(digest);
    long bits = round.marked(EntryBits.fresh(size, lastUse));
    stripe.set(slot, EntryBits.withPin(bits, pinned.contains(digest)), EntryBits.lowSize(size));
    totals.add(sizeOf(stripe, slot));
    return slot;
  }

  private void update(DigestTable stripe, int slot, long bits, long size) {
    long before = sizeOf(stripe, slot);
    stripe.set(slot, round.marked(EntryBits.withSize(bits, size)), EntryBits.lowSize(size));
    totals.resize(before, sizeOf(stripe, slot), stripe.owner(slot));
  }

  /**
   * Removes the entry of content that is about to be deleted.
   *
   * @return whether there was one
   */
  boolean remove(Digest digest) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      round.remove(digest);
      int slot = stripe.find(digest);
      if (slot >= 0) {
        remove(stripe, slot);
      }
      return slot >= 0;
    }
  }

  private void remove(DigestTable stripe, int slot) {
    totals.remove(sizeOf(stripe, slot), stripe.owner(slot));
    stripe.remove(slot);
  }

  /** Adds the entry of content again that could not be deleted. */
  void restore(Digest digest, long size, long lastUse, int owner) {
    DigestTable stripe = stripes[stripeOf(digest)];
    synchronized (stripe) {
      round.put(digest);
      if (stripe.find(digest) < 0) {
        int slot = add(stripe, digest, size, lastUse);
        totals.move(sizeOf(stripe, slot), Shares.UNKNOWN, owner);
        stripe.setOwner(slot, owner);
      }
    }
  }

  /** Begins a listing. One at a time. */
  void beginRound() {
    round.begin();
  }

  /**
   * Ends a complete listing, and removes the entries that it did not show.
   *
   * @return how many entries were removed
   */
  int endRound() {
    int gone = 0;
    for (DigestTable stripe : stripes) {
      synchronized (stripe) {
        for (int slot = 0; slot < stripe.slots(); slot++) {
          long bits = stripe.bits(slot);
          if (!EntryBits.isFree(bits) && !round.isMarked(bits)) {
            remove(stripe, slot);
            gone++;
          }
        }
      }
    }
    round.end();
    return gone;
  }

  /**
   * Ends an incomplete listing. Removes nothing, because content that it did not show may exist.
   */
  void abandonRound() {
    round.end();
  }

  /** Protects exactly these from eviction, and no longer those that were pinned before. */
  void pin(Set<Digest> digests) {
    Set<Digest> before = pinned;
    pinned = Set.copyOf(digests);
    before.forEach(digest -> pin(digest, false));
    pinned.forEach(digest -> pin(digest, true));
  }

  private void pin(Digest digest, boolean pin) {
    boolean unused = change(digest, bits -> EntryBits.withPin(bits, pin));
  }

  @Override
  public void forEach(Visitor visitor) {
    forEach(owner -> visitor);
  }

  /** Shows every entry to the visitor for the upstream that it counts to, in no order. */
  void forEach(IntFunction<Visitor> visitors) {
    forEachEntry(
        (id, bits, lowSize, owner) ->
            visitors
                .apply(owner)
                .visit(
                    id,
                    Costs.of(EntryBits.size(bits, lowSize)),
                    EntryBits.lastUse(bits),
                    EntryBits.isPinned(bits) ? Protection.PROTECTED : Protection.NONE));
  }

  /** The ids of entries whose last use is this many seconds later than the stored one. */
  List<Integer> unwritten(long seconds, int most) {
    List<Integer> ids = new ArrayList<>();
    forEachEntry(
        (id, bits, lowSize, owner) -> {
          if (EntryBits.unwritten(bits) >= seconds && ids.size() < most) {
            ids.add(id);
          }
        });
    return ids;
  }

  private interface BitsVisitor {
    void visit(int id, long bits, int lowSize, int owner);
  }

  /** Copies one chunk at a time, so that no monitor is held for long. */
  private void forEachEntry(BitsVisitor visitor) {
    long[] bits = new long[DigestTable.CHUNK];
    int[] lowSizes = new int[DigestTable.CHUNK];
    int[] owners = new int[DigestTable.CHUNK];
    for (int i = 0; i < stripes.length; i++) {
      for (int start = 0; true; start += DigestTable.CHUNK) {
        int copied = copy(stripes[i], start, bits, lowSizes, owners);
        if (copied == 0) {
          break;
        }
        for (int j = 0; j < copied; j++) {
          if (!EntryBits.isFree(bits[j])) {
            visitor.visit((i << SLOT_BITS) | (start + j), bits[j], lowSizes[j], owners[j]);
          }
        }
      }
    }
  }

  private static int copy(
      DigestTable stripe, int start, long[] bits, int[] lowSizes, int[] owners) {
    synchronized (stripe) {
      int end = Math.min(stripe.slots(), start + DigestTable.CHUNK);
      for (int slot = start; slot < end; slot++) {
        bits[slot - start] = stripe.bits(slot);
        lowSizes[slot - start] = stripe.lowSize(slot);
        owners[slot - start] = stripe.owner(slot);
      }
      return Math.max(0, end - start);
    }
  }

  /**
   * The current values of an entry.
   *
   * @param lastUse in milliseconds since the epoch
   */
  record Entry(Digest digest, long size, long lastUse) {}

  /** The entry of an id; empty when it was removed after the id was returned. */
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

  /** The entry of a digest. */
  Optional<Entry> entry(Digest digest) {
    OptionalInt id = id(digest);
    return id.isEmpty()
        ? Optional.empty()
        : entry(id.getAsInt()).filter(entry -> entry.digest().equals(digest));
  }

  /** The entries that were used the longest ago and may be evicted, the oldest first. */
  List<Entry> oldest(int most) {
    if (most == 0) {
      return List.of();
    }
    record Seen(int id, long lastUse) {}
    PriorityQueue<Seen> oldest =
        new PriorityQueue<>(Comparator.comparingLong(Seen::lastUse).reversed());
    forEach(
        (id, cost, lastUse, protection) -> {
          boolean isOlder = oldest.size() < most || lastUse < oldest.element().lastUse;
          if (protection == Protection.NONE && isOlder) {
            oldest.add(new Seen(id, lastUse));
            if (oldest.size() > most) {
              oldest.remove();
            }
          }
        });
    return oldest.stream()
        .sorted(Comparator.comparingLong(Seen::lastUse))
        .flatMap(seen -> entry(seen.id).stream())
        .toList();
  }

  /** The id of the entry of a digest, if there is one. */
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

  /** How many bytes of memory the index takes. */
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
