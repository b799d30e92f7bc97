package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.store.EvictionPolicy.Choice;
import dev.cistern.proxy.internal.store.EvictionPolicy.Goal;
import dev.cistern.proxy.internal.store.EvictionPolicy.Selection;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the content that the policy chooses, unless it has been used since, is in use or is
 * pinned. Thread-safe; one thread at a time chooses.
 */
final class Evictor {

  private static final Logger log = LoggerFactory.getLogger(Evictor.class);

  /** How many entries are chosen at once, to limit the memory; more follow in the next turn. */
  static final int MOST = 20_000;

  /** After so many failures in a row, the store will probably refuse further deletions too. */
  private static final int MAX_FAILURES = 10;

  /** Tells whether content is unused by others still, just before it is deleted. */
  @FunctionalInterface
  interface LastLook {
    boolean isUnused(PlannedEviction eviction) throws IOException;
  }

  private static final EvictionCandidates.Visitor IGNORING = (id, cost, lastUse, protection) -> {};

  private final ContentIndex index;
  private final ContentInventory inventory;
  private final ContentLocks locks;
  private final StorageFaults faults;
  private final CacheListener listener;

  private volatile boolean allowed;
  private volatile Consumer<Digest> beforeEviction = digest -> {};
  private volatile LastLook lastLook = eviction -> true;

  Evictor(
      ContentIndex index,
      ContentInventory inventory,
      ContentLocks locks,
      StorageFaults faults,
      CacheListener listener) {
    this.listener = listener;
    this.index = index;
    this.inventory = inventory;
    this.locks = locks;
    this.faults = faults;
  }

  /** Sets the listener that gets each digest before its content is deleted. */
  void beforeEviction(Consumer<Digest> listener) {
    beforeEviction = listener;
  }

  /** Sets what is asked before a sweep deletes content. */
  void lookBeforeSweeping(LastLook look) {
    lastLook = look;
  }

  /** Allows evictions. There are none until it is known what is pinned. */
  void allow() {
    allowed = true;
  }

  /** Ends evictions, those in progress among them, until they are allowed again. */
  void forbid() {
    allowed = false;
  }

  /** Whether content is open, or being published or deleted. */
  boolean isInUse(Digest digest) {
    return locks.isLocked(digest);
  }

  /**
   * Makes room. Evicts nothing if there would not be enough room anyway.
   *
   * @param least how many bytes must be freed
   * @param size how many should be freed because the cache is too large
   * @param freeSpace how many should be freed because the back-end has too little free space
   * @return how many bytes were freed, which may be fewer
   */
  synchronized long makeRoom(long least, long size, long freeSpace) {
    return makeRoom(choose(index, new Goal(Long.MIN_VALUE, size, freeSpace, MOST)), least);
  }

  /** As above, but evicts only content of one upstream, because its share is too large. */
  synchronized long makeRoomIn(int owner, long least, long size) {
    EvictionCandidates its = visitor -> index.forEach(other -> other == owner ? visitor : IGNORING);
    return makeRoom(choose(its, new Goal(Long.MIN_VALUE, size, 0, MOST)), least);
  }

  private long makeRoom(Choice choice, long least) {
    SweepResult result = new SweepResult(0);
    if (!choice.complete() || choice.cost() >= least) {
      evict(choice, result);
    }
    if (!result.isEmpty()) {
      log.info("Evicted {} to make room for a transfer: {} bytes freed", result, result.bytes());
    }
    return result.bytes();
  }

  /**
   * Evicts all content that has not been used since {@code idleBefore}, and more if needed.
   *
   * @param idleBefore in milliseconds since the epoch
   * @param result what is evicted is added to it
   */
  synchronized void sweep(long idleBefore, long size, long freeSpace, SweepResult result) {
    Choice choice = choose(index, new Goal(idleBefore, size, freeSpace, MOST));
    long freed = evict(choice, result);
    long sum = freed;
    while (!choice.complete() && freed > 0) {
      choice = choose(index, new Goal(idleBefore, size - sum, freeSpace - sum, MOST));
      freed = evict(choice, result);
      sum += freed;
    }
  }

  /**
   * Evicts what the limits of each upstream require, and of others nothing.
   *
   * @param goals by the number of the upstream, for content as it is when they are asked for
   * @param result what is evicted is added to it
   */
  synchronized void sweepShares(IntFunction<Goal> goals, SweepResult result) {
    boolean again = true;
    while (again) {
      again = false;
      for (Choice choice : choose(goals)) {
        long freed = evict(choice, result);
        again |= !choice.complete() && freed > 0;
      }
    }
  }

  /** What {@link #sweep} would delete now, the least recently used first. */
  synchronized List<Eviction> plan(long idleBefore, long size, long freeSpace) {
    return choose(index, new Goal(idleBefore, size, freeSpace, Integer.MAX_VALUE)).evictions();
  }

  /** What {@link #sweepShares} and then {@link #sweep} would delete now. */
  synchronized List<Eviction> plan(IntFunction<Goal> goals, long size, long freeSpace) {
    List<Eviction> plan = new ArrayList<>();
    choose(goals).forEach(choice -> plan.addAll(choice.evictions()));
    long cost = plan.stream().mapToLong(Eviction::cost).sum();
    Set<Integer> planned = plan.stream().map(Eviction::id).collect(Collectors.toSet());
    EvictionCandidates others = visitor -> index.forEach(sparing(planned, visitor));
    Goal rest = new Goal(Long.MIN_VALUE, size - cost, freeSpace - cost, Integer.MAX_VALUE);
    plan.addAll(choose(others, rest).evictions());
    plan.sort(Comparator.comparingLong(Eviction::lastUse).thenComparingInt(Eviction::id));
    return plan;
  }

  private Choice choose(EvictionCandidates entries, Goal goal) {
    if (!allowed) {
      return new Choice(List.of(), 0, true);
    }
    Set<Integer> held = held();
    return EvictionPolicy.choose(visitor -> entries.forEach(sparing(held, visitor)), goal);
  }

  private List<Choice> choose(IntFunction<Goal> goals) {
    if (!allowed) {
      return List.of();
    }
    Set<Integer> held = held();
    Map<Integer, Selection> selections = new HashMap<>();
    EvictionCandidates.Visitor[] visitors = new EvictionCandidates.Visitor[Shares.NUMBERS];
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

  private Set<Integer> held() {
    return locks.locked().stream()
        .flatMapToInt(digest -> index.id(digest).stream())
        .boxed()
        .collect(Collectors.toSet());
  }

  private static EvictionCandidates.Visitor sparing(
      Set<Integer> held, EvictionCandidates.Visitor visitor) {
    return held.isEmpty()
        ? visitor
        : (id, cost, lastUse, protection) ->
            visitor.visit(
                id,
                cost,
                lastUse,
                held.contains(id) ? EvictionCandidates.Protection.PROTECTED : protection);
  }

  /** What is known of the content of an eviction; empty if it is gone. */
  Optional<PlannedEviction> planned(Eviction eviction) {
    return index
        .entry(eviction.id())
        .map(
            entry ->
                new PlannedEviction(
                    entry.digest(),
                    entry.size(),
                    eviction.cost(),
                    Instant.ofEpochMilli(eviction.lastUse()),
                    eviction.reason()));
  }

  /** Returns how many bytes were freed. */
  private long evict(Choice choice, SweepResult result) {
    long freed = 0;
    int failures = 0;
    for (Eviction eviction : choice.evictions()) {
      if (!allowed) {
        break;
      }
      Optional<PlannedEviction> planned = planned(eviction);
      if (planned.isEmpty()) {
        continue;
      }
      try {
        if (lastLook.isUnused(planned.get()) && delete(eviction)) {
          freed += eviction.cost();
          result.removed(planned.get());
        } else {
          result.left(planned.get());
        }
        failures = 0;
      } catch (IOException | RuntimeException e) {
        faults.report(StorageFault.SWEEP, "Could not evict content", e);
        result.left(planned.get());
        result.failed(planned.get().digest(), e);
        if (++failures == MAX_FAILURES) {
          break;
        }
      }
    }
    return freed;
  }

  /**
   * Deletes content that an operator wants to be gone, also if it is pinned or was just used.
   *
   * @return false if it is being published, or is open and would not stay readable
   */
  boolean purge(Digest digest, long size) throws IOException {
    if (!locks.tryLockExclusive(digest)) {
      return false;
    }
    Optional<ContentIndex.Entry> entry =
        index.id(digest).stream().boxed().findFirst().flatMap(index::entry);
    int owner = index.owners().of(digest);
    boolean deleted = false;
    index.remove(digest);
    beforeEviction.accept(digest);
    try {
      inventory.delete(digest);
      deleted = true;
      listener.evicted(digest, size, EvictionReason.PURGED);
      return true;
    } finally {
      if (!deleted && entry.isPresent()) {
        index.restore(digest, entry.get().size(), entry.get().lastUse(), owner);
      }
      locks.unlockExclusive(digest);
    }
  }

  /**
   * Deletes chosen content, unless it has been used since.
   *
   * @return whether it was deleted
   */
  boolean delete(Eviction eviction) throws IOException {
    Optional<ContentIndex.Entry> found =
        index
            .entry(eviction.id())
            .filter(entry -> entry.lastUse() == eviction.lastUse())
            .filter(entry -> !index.isPinned(entry.digest()));
    if (found.isEmpty() || !locks.tryLockExclusive(found.get().digest())) {
      return false;
    }
    ContentIndex.Entry entry = found.get();
    Digest digest = entry.digest();
    int owner = index.owners().of(digest);
    boolean deleted = false;
    index.remove(digest);
    beforeEviction.accept(digest);
    try {
      inventory.delete(digest);
      deleted = true;
      listener.evicted(digest, entry.size(), eviction.reason());
      log.debug("Evicted {} of {} bytes: {}", digest, entry.size(), eviction.reason());
      return true;
    } finally {
      if (!deleted) {
        index.restore(digest, entry.size(), entry.lastUse(), owner);
      }
      locks.unlockExclusive(digest);
    }
  }
}
