package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.store.EvictionPolicy.Choice;
import dev.cistern.proxy.internal.store.EvictionPolicy.Goal;
import dev.cistern.proxy.policy.PlannedEviction;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evicts the content that the policy chooses, in as many turns as it takes. Thread-safe; one thread
 * at a time chooses.
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

  private final ContentIndex index;
  private final EvictionChooser chooser;
  private final Deletion deletion;
  private final StorageFaults faults;

  private volatile boolean allowed;
  private volatile LastLook lastLook = eviction -> true;

  Evictor(ContentIndex index, EvictionChooser chooser, Deletion deletion, StorageFaults faults) {
    this.index = index;
    this.chooser = chooser;
    this.deletion = deletion;
    this.faults = faults;
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

  /**
   * Makes room. Evicts nothing if there would not be enough room anyway.
   *
   * @param least how many bytes must be freed
   * @param size how many should be freed because the cache is too large
   * @param freeSpace how many should be freed because the back-end has too little free space
   * @return how many bytes were freed, which may be fewer
   */
  synchronized long makeRoom(long least, long size, long freeSpace) {
    return makeRoom(ofAll(new Goal(Long.MIN_VALUE, size, freeSpace, MOST)), least);
  }

  /** As above, but evicts only content of one upstream, because its share is too large. */
  synchronized long makeRoomIn(int owner, long least, long size) {
    Goal goal = new Goal(Long.MIN_VALUE, size, 0, MOST);
    return makeRoom(allowed ? chooser.of(owner, goal) : Choice.NOTHING, least);
  }

  private long makeRoom(Choice chosen, long least) {
    SweepResult result = new SweepResult(0);
    if (!chosen.complete() || chosen.cost() >= least) {
      evict(chosen, result);
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
    Choice chosen = ofAll(new Goal(idleBefore, size, freeSpace, MOST));
    long freed = evict(chosen, result);
    long sum = freed;
    while (!chosen.complete() && freed > 0) {
      chosen = ofAll(new Goal(idleBefore, size - sum, freeSpace - sum, MOST));
      freed = evict(chosen, result);
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
      for (Choice chosen : allowed ? chooser.ofEach(goals) : List.<Choice>of()) {
        long freed = evict(chosen, result);
        again |= !chosen.complete() && freed > 0;
      }
    }
  }

  /** What {@link #sweep} would delete now, the least recently used first. */
  synchronized List<Eviction> plan(long idleBefore, long size, long freeSpace) {
    return ofAll(new Goal(idleBefore, size, freeSpace, Integer.MAX_VALUE)).evictions();
  }

  /** What {@link #sweepShares} and then {@link #sweep} would delete now. */
  synchronized List<Eviction> plan(IntFunction<Goal> goals, long size, long freeSpace) {
    return allowed ? chooser.ofEachAndThenAll(goals, size, freeSpace) : List.of();
  }

  private Choice ofAll(Goal goal) {
    return allowed ? chooser.ofAll(goal) : Choice.NOTHING;
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
  private long evict(Choice chosen, SweepResult result) {
    long freed = 0;
    int failures = 0;
    for (Eviction eviction : chosen.evictions()) {
      if (!allowed) {
        break;
      }
      Optional<PlannedEviction> planned = planned(eviction);
      if (planned.isEmpty()) {
        continue;
      }
      try {
        if (lastLook.isUnused(planned.get()) && deletion.evict(eviction)) {
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
}
