package dev.cistern.proxy.internal.store;

/** The cached content, from which the policy chooses. */
@FunctionalInterface
interface EvictionCandidates {

  /** Shows every entry, in no order. */
  void forEach(Visitor visitor);

  /** Gets the entries one by one. */
  @FunctionalInterface
  interface Visitor {

    /**
     * One entry.
     *
     * @param id identifies the entry until it is removed
     * @param cost in bytes, see {@link Costs}
     * @param lastUse in milliseconds since the epoch
     */
    void visit(int id, long cost, long lastUse, Protection protection);
  }

  /** Whether an entry may be evicted. */
  enum Protection {
    NONE,
    PROTECTED
  }
}
