package dev.cistern.proxy.internal.store;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Finds the entries that were used the longest ago and may be evicted. Its memory depends on how
 * many are wanted, not on how many it is shown. For one thread.
 */
final class LeastRecentlyUsed implements EvictionCandidates.Visitor {

  private record Seen(int id, long lastUse) {}

  private final int most;
  private final PriorityQueue<Seen> latestFirst =
      new PriorityQueue<>(Comparator.comparingLong(Seen::lastUse).reversed());

  /**
   * @param most how many to find at most
   */
  LeastRecentlyUsed(int most) {
    this.most = most;
  }

  @Override
  public void visit(int id, long cost, long lastUse, EvictionCandidates.Protection protection) {
    if (protection == EvictionCandidates.Protection.PROTECTED || most == 0) {
      return;
    }
    if (latestFirst.size() == most) {
      if (lastUse >= latestFirst.element().lastUse) {
        return;
      }
      latestFirst.remove();
    }
    latestFirst.add(new Seen(id, lastUse));
  }

  /** The ids of those found, the least recently used first. */
  List<Integer> ids() {
    return latestFirst.stream()
        .sorted(Comparator.comparingLong(Seen::lastUse))
        .map(Seen::id)
        .toList();
  }
}
