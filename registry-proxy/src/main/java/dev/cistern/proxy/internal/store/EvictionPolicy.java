package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.internal.store.EvictionCandidates.Protection;
import dev.cistern.proxy.policy.EvictionReason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Chooses what goes: all that has been idle for too long, and beyond that the least recently used,
 * no more than is needed. Pure: what is kept comes as values, and nothing is done.
 *
 * <p>One pass over the entries keeps the least recently used that suffice so far, most recent on
 * top, and drops the top whenever the others suffice. What is dropped is never wanted again, for
 * the others only grow; so memory goes with what is chosen, and not with what is kept.
 */
final class EvictionPolicy {

  private static final Comparator<Eviction> LEAST_RECENTLY_USED =
      Comparator.comparingLong(Eviction::lastUse).thenComparingInt(Eviction::id);

  /**
   * How much has to go.
   *
   * @param idleBefore what was last used before this goes, in milliseconds since the epoch
   * @param size how many bytes go because the cache is too large
   * @param freeSpace how many bytes go because the back-end is too full
   * @param most how many entries to choose at most
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
   * What goes.
   *
   * @param evictions the least recently used first
   * @param cost what they give back together, in bytes
   * @param complete whether there is no more to choose: false when there was no room for all
   */
  record Choice(List<Eviction> evictions, long cost, boolean complete) {}

  private EvictionPolicy() {}

  static Choice choose(EvictionCandidates entries, Goal goal) {
    PriorityQueue<Eviction> chosen = new PriorityQueue<>(LEAST_RECENTLY_USED.reversed());
    Tally tally = new Tally();
    entries.forEach(
        (id, cost, lastUse, protection) -> {
          if (protection == Protection.PROTECTED || isPastNeed(lastUse, chosen, tally, goal)) {
            return;
          }
          chosen.add(new Eviction(id, cost, lastUse, EvictionReason.IDLE));
          tally.cost += cost;
          for (Eviction top = chosen.peek();
              top != null && isTooMuch(top, chosen, tally, goal);
              top = chosen.peek()) {
            chosen.remove();
            tally.cost -= top.cost();
          }
        });
    boolean complete = !tally.overflown || (tally.cost >= goal.bytes() && !tally.idleLeft);
    return new Choice(withReasons(chosen, goal), tally.cost, complete);
  }

  private static final class Tally {
    long cost;
    boolean overflown;
    boolean idleLeft;
  }

  /** Spares the common case its way through the queue: it would be the first to leave it. */
  private static boolean isPastNeed(
      long lastUse, PriorityQueue<Eviction> chosen, Tally tally, Goal goal) {
    if (goal.isIdle(lastUse) || tally.cost < goal.bytes()) {
      return false;
    }
    Eviction top = chosen.peek();
    return top == null || lastUse > top.lastUse();
  }

  private static boolean isTooMuch(
      Eviction top, PriorityQueue<Eviction> chosen, Tally tally, Goal goal) {
    if (chosen.size() > goal.most()) {
      tally.overflown = true;
      tally.idleLeft |= goal.isIdle(top.lastUse());
      return true;
    }
    return !goal.isIdle(top.lastUse()) && tally.cost - top.cost() >= goal.bytes();
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
