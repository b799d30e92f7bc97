package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.internal.store.EvictionCandidates.Protection;
import dev.cistern.proxy.policy.EvictionReason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Chooses what to evict: first all content that has not been used for too long, then as much of the
 * least recently used as is needed. Pure: it gets values, and changes nothing.
 *
 * <p>One pass over the entries keeps a queue of the least recently used ones that free enough, with
 * the most recently used on top. The top is dropped whenever the others free enough without it. A
 * dropped entry is never needed again, because the others only become more. So the memory depends
 * on what is chosen, and not on what is cached.
 */
final class EvictionPolicy {

  private static final Comparator<Eviction> LEAST_RECENTLY_USED =
      Comparator.comparingLong(Eviction::lastUse).thenComparingInt(Eviction::id);

  /**
   * How much to evict.
   *
   * @param idleBefore evict all content last used before this time, in milliseconds since the epoch
   * @param size how many bytes to free because the cache is too large
   * @param freeSpace how many bytes to free because the back-end has too little free space
   * @param most the largest number of entries to choose
   */
  record Goal(long idleBefore, long size, long freeSpace, int most) {

    long bytes() {
      return Math.max(size, freeSpace);
    }

    boolean isIdle(long lastUse) {
      return lastUse < idleBefore;
    }
  }

  /**
   * What to evict.
   *
   * @param evictions the least recently used first
   * @param cost how many bytes they free together
   * @param complete false when more entries should be evicted than may be chosen at once
   */
  record Choice(List<Eviction> evictions, long cost, boolean complete) {

    static final Choice NOTHING = new Choice(List.of(), 0, true);
  }

  private EvictionPolicy() {}

  static Choice choose(EvictionCandidates entries, Goal goal) {
    Selection selection = new Selection(goal);
    entries.forEach(selection);
    return selection.choice();
  }

  /** Chooses while it visits the entries. For one thread. */
  static final class Selection implements EvictionCandidates.Visitor {

    private final Goal goal;
    private final PriorityQueue<Eviction> chosen =
        new PriorityQueue<>(LEAST_RECENTLY_USED.reversed());
    private long cost;
    private boolean overflown;
    private boolean idleLeft;

    Selection(Goal goal) {
      this.goal = goal;
    }

    @Override
    public void visit(int id, long size, long lastUse, Protection protection) {
      if (protection == Protection.PROTECTED || isPastNeed(lastUse)) {
        return;
      }
      chosen.add(new Eviction(id, size, lastUse, EvictionReason.IDLE));
      cost += size;
      for (Eviction top = chosen.peek(); top != null && isTooMuch(top); top = chosen.peek()) {
        chosen.remove();
        cost -= top.cost();
      }
    }

    /** What to evict of the entries visited. */
    Choice choice() {
      boolean complete = !overflown || (cost >= goal.bytes() && !idleLeft);
      return new Choice(withReasons(chosen, goal), cost, complete);
    }

    /** Skips an entry that the queue would drop at once. This is the common case. */
    private boolean isPastNeed(long lastUse) {
      if (goal.isIdle(lastUse) || cost < goal.bytes()) {
        return false;
      }
      Eviction top = chosen.peek();
      return top == null || lastUse > top.lastUse();
    }

    private boolean isTooMuch(Eviction top) {
      if (chosen.size() > goal.most()) {
        overflown = true;
        idleLeft |= goal.isIdle(top.lastUse());
        return true;
      }
      return !goal.isIdle(top.lastUse()) && cost - top.cost() >= goal.bytes();
    }
  }

  private static List<Eviction> withReasons(PriorityQueue<Eviction> chosen, Goal goal) {
    List<Eviction> evictions = new ArrayList<>(chosen);
    evictions.sort(LEAST_RECENTLY_USED);
    long freed = 0;
    for (int i = 0; i < evictions.size(); i++) {
      Eviction eviction = evictions.get(i);
      if (!goal.isIdle(eviction.lastUse())) {
        EvictionReason reason =
            freed < goal.size() ? EvictionReason.SIZE : EvictionReason.FREE_SPACE;
        evictions.set(i, new Eviction(eviction.id(), eviction.cost(), eviction.lastUse(), reason));
      }
      freed += eviction.cost();
    }
    return evictions;
  }
}
