package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.LongUnaryOperator;

/**
 * The index of cached content: each digest once, with its size and last use. It is kept only in
 * memory, with about 50 bytes for each digest (one more when upstreams have shares), and rebuilt by
 * listing the store while the cache works. Most of the memory is for whole digests, so that content
 * can be evicted without a listing.
 *
 * <p>The entries are in {@link DigestStripes}. To record a use is one look-up and one write to an
 * array.
 *
 * <p>The store changes while it is listed: see {@link ListingRound}.
 */
final class ContentIndex implements EvictionCandidates {

  private final DigestStripes stripes = new DigestStripes();
  private final IndexTotals totals = new IndexTotals();
  private final IndexOwners owners = new IndexOwners(stripes, totals);
  private final ListingRound round = new ListingRound();

  // Content that may not be evicted; a visitor of forEach() may know of more.
  private volatile Set<Digest> pinned = Set.of();

  /** How many entries there are, and their sizes. */
  IndexTotals totals() {
    return totals;
  }

  /** To which upstreams the entries count. */
  IndexOwners owners() {
    return owners;
  }

  boolean contains(Digest digest) {
    DigestTable stripe = stripes.of(digest);
    synchronized (stripe) {
      return stripe.find(digest) >= 0;
    }
  }

  /** Whether the content is indexed with another size. */
  boolean differs(Digest digest, long size) {
    DigestTable stripe = stripes.of(digest);
    synchronized (stripe) {
      int slot = stripe.find(digest);
      return slot >= 0 && stripe.size(slot) != Math.min(size, EntryBits.LARGEST_SIZE);
    }
  }

  /** Whether this size of the content is known to be right. */
  boolean isSizeKnown(Digest digest, long size) {
    DigestTable stripe = stripes.of(digest);
    synchronized (stripe) {
      int slot = stripe.find(digest);
      return slot >= 0
          && EntryBits.isSizeKnown(stripe.bits(slot))
          && stripe.size(slot) == Math.min(size, EntryBits.LARGEST_SIZE);
    }
  }

  /** Records that this size is right, if the content is indexed with it. */
  void sizeIsRight(Digest digest, long size) {
    DigestTable stripe = stripes.of(digest);
    synchronized (stripe) {
      int slot = stripe.find(digest);
      if (slot >= 0 && stripe.size(slot) == Math.min(size, EntryBits.LARGEST_SIZE)) {
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
    DigestTable stripe = stripes.of(digest);
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
    DigestTable stripe = stripes.of(digest);
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
    DigestTable stripe = stripes.of(digest);
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
    DigestTable stripe = stripes.of(digest);
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
    totals.add(stripe.size(slot));
    return slot;
  }

  private void update(DigestTable stripe, int slot, long bits, long size) {
    long before = stripe.size(slot);
    stripe.set(slot, round.marked(EntryBits.withSize(bits, size)), EntryBits.lowSize(size));
    totals.resize(before, stripe.size(slot), stripe.owner(slot));
  }

  /**
   * Removes the entry of content that is about to be deleted.
   *
   * @return whether there was one
   */
  boolean remove(Digest digest) {
    DigestTable stripe = stripes.of(digest);
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
    totals.remove(stripe.size(slot), stripe.owner(slot));
    stripe.remove(slot);
  }

  /** Adds the entry of content again that could not be deleted. */
  void restore(Digest digest, long size, long lastUse, int owner) {
    DigestTable stripe = stripes.of(digest);
    synchronized (stripe) {
      round.put(digest);
      if (stripe.find(digest) < 0) {
        int slot = add(stripe, digest, size, lastUse);
        owners.set(stripe, slot, owner);
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
    for (DigestTable stripe : stripes.all()) {
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
    stripes.forEach(
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
    stripes.forEach(
        (id, bits, lowSize, owner) -> {
          if (EntryBits.unwritten(bits) >= seconds && ids.size() < most) {
            ids.add(id);
          }
        });
    return ids;
  }

  /**
   * The current values of an entry.
   *
   * @param lastUse in milliseconds since the epoch
   */
  record Entry(Digest digest, long size, long lastUse) {}

  /** The entry of an id; empty when it was removed after the id was returned. */
  Optional<Entry> entry(int id) {
    DigestTable stripe = stripes.of(id);
    int slot = DigestStripes.slot(id);
    synchronized (stripe) {
      long bits = slot < stripe.slots() ? stripe.bits(slot) : 0;
      return EntryBits.isFree(bits)
          ? Optional.empty()
          : Optional.of(new Entry(stripe.digest(slot), stripe.size(slot), EntryBits.lastUse(bits)));
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
    LeastRecentlyUsed oldest = new LeastRecentlyUsed(most);
    forEach(oldest);
    return oldest.ids().stream().flatMap(id -> entry(id).stream()).toList();
  }

  /** The id of the entry of a digest, if there is one. */
  OptionalInt id(Digest digest) {
    DigestTable stripe = stripes.of(digest);
    synchronized (stripe) {
      int slot = stripe.find(digest);
      return slot < 0 ? OptionalInt.empty() : OptionalInt.of(DigestStripes.id(digest, slot));
    }
  }

  boolean isPinned(Digest digest) {
    return pinned.contains(digest);
  }

  /** How many bytes of memory the index takes. */
  long memory() {
    return stripes.memory();
  }
}
