package dev.cistern.proxy.internal.store;

/** What is kept, to be gone through once. */
@FunctionalInterface
interface EvictionCandidates {

  /** Shows every entry, in no order. */
  void forEach(Visitor visitor);

  /** Is shown entries. */
  @FunctionalInterface
  interface Visitor {

    /**
     * One entry.
     *
     * @param id stands for the entry as long as it is kept
     * @param cost in bytes, see {@link Costs}
     * @param lastUse in milliseconds since the epoch
     */
    void visit(int id, long cost, long lastUse, Protection protection);
  }

  /** Whether an entry may go. */
  enum Protection {
    NONE,
    PROTECTED
  }
}
