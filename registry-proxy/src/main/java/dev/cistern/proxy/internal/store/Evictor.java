package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.store.EvictionPolicy.Choice;
import dev.cistern.proxy.internal.store.EvictionPolicy.Goal;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
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
  private static final int MOST = 20_000;

  /** After so many failures in a row, the store will probably refuse further deletions too. */
  private static final int MAX_FAILURES = 10;

  private final ContentIndex index;
  private final ContentInventory inventory;
  private final ContentLocks locks;
  private final StorageFaults faults;
  private final CacheListener listener;

  private volatile boolean allowed;
  private volatile Consumer<Digest> beforeEviction = digest -> {};

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
    Choice choice = choose(new Goal(Long.MIN_VALUE, size, freeSpace, MOST));
    SweepResult result = new SweepResult();
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
   * @return what was evicted
   */
  synchronized SweepResult sweep(long idleBefore, long size, long freeSpace) {
    SweepResult result = new SweepResult();
    Choice choice = choose(new Goal(idleBefore, size, freeSpace, MOST));
    long freed = evict(choice, result);
    while (!choice.complete() && freed > 0) {
      choice =
          choose(new Goal(idleBefore, size - result.bytes(), freeSpace - result.bytes(), MOST));
      freed = evict(choice, result);
    }
    return result;
  }

  /** What {@link #sweep} would delete now, the least recently used first. */
  synchronized List<Eviction> plan(long idleBefore, long size, long freeSpace) {
    return choose(new Goal(idleBefore, size, freeSpace, Integer.MAX_VALUE)).evictions();
  }

  private Choice choose(Goal goal) {
    if (!allowed) {
      return new Choice(List.of(), 0, true);
    }
    Set<Integer> held =
        locks.locked().stream()
            .flatMapToInt(digest -> index.id(digest).stream())
            .boxed()
            .collect(Collectors.toSet());
    EvictionCandidates entries =
        held.isEmpty()
            ? index
            : visitor ->
                index.forEach(
                    (id, cost, lastUse, protection) ->
                        visitor.visit(
                            id,
                            cost,
                            lastUse,
                            held.contains(id)
                                ? EvictionCandidates.Protection.PROTECTED
                                : protection));
    return EvictionPolicy.choose(entries, goal);
  }

  /** Returns how many bytes were freed. */
  private long evict(Choice choice, SweepResult result) {
    long freed = 0;
    int failures = 0;
    for (Eviction eviction : choice.evictions()) {
      if (!allowed) {
        break;
      }
      try {
        if (delete(eviction)) {
          freed += eviction.cost();
          result.evicted(eviction.cost(), eviction.reason());
        }
        failures = 0;
      } catch (IOException | RuntimeException e) {
        faults.report(StorageFault.SWEEP, "Could not evict content", e);
        if (++failures == MAX_FAILURES) {
          break;
        }
      }
    }
    return freed;
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
        index.restore(digest, entry.size(), entry.lastUse());
      }
      locks.unlockExclusive(digest);
    }
  }
}
