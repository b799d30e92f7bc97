package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.internal.store.EvictionCandidates.Visitor;
import dev.cistern.proxy.internal.store.EvictionPolicy.Choice;
import dev.cistern.proxy.internal.store.EvictionPolicy.Goal;
import dev.cistern.proxy.internal.store.EvictionPolicy.Selection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * Lets the policy choose from the content of the index that is not in use, as a whole or for each
 * upstream. Deletes nothing. Thread-safe.
 */
final class EvictionChooser {

  private static final Visitor IGNORING = (id, cost, lastUse, protection) -> {};

  private final ContentIndex index;
  private final ContentLocks locks;

  EvictionChooser(ContentIndex index, ContentLocks locks) {
    this.index = index;
    this.locks = locks;
  }

  /** What to evict of all content. */
  Choice ofAll(Goal goal) {
    return of(index, goal);
  }

  /** What to evict of the content of one upstream. */
  Choice of(int owner, Goal goal) {
    return of(visitor -> index.forEach(other -> other == owner ? visitor : IGNORING), goal);
  }

  private Choice of(EvictionCandidates entries, Goal goal) {
    Set<Integer> held = held();
    return EvictionPolicy.choose(visitor -> entries.forEach(sparing(held, visitor)), goal);
  }

  /**
   * What to evict of the content of each upstream, in one pass over the index.
   *
   * @param goals by the number of the upstream
   */
  List<Choice> ofEach(IntFunction<Goal> goals) {
    Set<Integer> held = held();
    Map<Integer, Selection> selections = new HashMap<>();
    Visitor[] visitors = new Visitor[Shares.NUMBERS];
    for (int owner = 0; owner < visitors.length; owner++) {
      // Without content there is nothing to choose from.
      if (index.totals().owned(owner) > 0) {
        Selection selection = new Selection(goals.apply(owner));
        selections.put(owner, selection);
        visitors[owner] = sparing(held, selection);
      } else {
        visitors[owner] = IGNORING;
      }
    }
    index.forEach(owner -> visitors[owner]);
    return selections.values().stream().map(Selection::choice).toList();
  }

  /**
   * What to evict of each upstream, and then of the rest, the least recently used first.
   *
   * @param size how many bytes to free because the cache is too large
   * @param freeSpace how many bytes to free because the back-end has too little free space
   */
  List<Eviction> ofEachAndThenAll(IntFunction<Goal> goals, long size, long freeSpace) {
    List<Eviction> chosen = new ArrayList<>();
    ofEach(goals).forEach(choice -> chosen.addAll(choice.evictions()));
    long cost = chosen.stream().mapToLong(Eviction::cost).sum();
    Set<Integer> ids = chosen.stream().map(Eviction::id).collect(Collectors.toSet());
    Goal rest = new Goal(Long.MIN_VALUE, size - cost, freeSpace - cost, Integer.MAX_VALUE);
    chosen.addAll(of(visitor -> index.forEach(sparing(ids, visitor)), rest).evictions());
    chosen.sort(Comparator.comparingLong(Eviction::lastUse).thenComparingInt(Eviction::id));
    return chosen;
  }

  private Set<Integer> held() {
    return locks.locked().stream()
        .flatMapToInt(digest -> index.id(digest).stream())
        .boxed()
        .collect(Collectors.toSet());
  }

  private static Visitor sparing(Set<Integer> spared, Visitor visitor) {
    return spared.isEmpty()
        ? visitor
        : (id, cost, lastUse, protection) ->
            visitor.visit(
                id,
                cost,
                lastUse,
                spared.contains(id) ? EvictionCandidates.Protection.PROTECTED : protection);
  }
}
