package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;

/**
 * To which upstreams the entries of an index count, by their numbers in {@link Shares}.
 * Thread-safe.
 */
final class IndexOwners {

  private final DigestStripes stripes;
  private final IndexTotals totals;

  IndexOwners(DigestStripes stripes, IndexTotals totals) {
    this.stripes = stripes;
    this.totals = totals;
  }

  /** Records that an upstream has the content, if it is indexed. */
  void add(Digest digest, int owner, Shares shares) {
    if (owner == Shares.UNKNOWN) {
      return;
    }
    DigestTable stripe = stripes.of(digest);
    synchronized (stripe) {
      int slot = stripe.find(digest);
      if (slot >= 0) {
        set(stripe, slot, shares.prefer(stripe.owner(slot), owner));
      }
    }
  }

  /**
   * Sets the upstream of an entry.
   *
   * @param stripe whose monitor the caller holds
   */
  void set(DigestTable stripe, int slot, int owner) {
    totals.move(stripe.size(slot), stripe.owner(slot), owner);
    stripe.setOwner(slot, owner);
  }

  /** The number of the upstream that content counts to. */
  int of(Digest digest) {
    DigestTable stripe = stripes.of(digest);
    synchronized (stripe) {
      int slot = stripe.find(digest);
      return slot < 0 ? Shares.UNKNOWN : stripe.owner(slot);
    }
  }

  /** Forgets to which upstreams content counts. */
  void forget() {
    for (DigestTable stripe : stripes.all()) {
      synchronized (stripe) {
        for (int slot = 0; slot < stripe.slots(); slot++) {
          if (!EntryBits.isFree(stripe.bits(slot))) {
            totals.move(stripe.size(slot), stripe.owner(slot), Shares.UNKNOWN);
          }
        }
        stripe.clearOwners();
      }
    }
  }

  /** Whether there is content of which it is not known who has it. */
  boolean isAnyUnknown() {
    boolean[] found = {false};
    stripes.forEach((id, bits, lowSize, owner) -> found[0] |= owner == Shares.UNKNOWN);
    return found[0];
  }
}
