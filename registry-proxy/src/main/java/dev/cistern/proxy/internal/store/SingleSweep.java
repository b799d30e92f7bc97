package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.DiskUsage;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One sweep over a store that somebody asks for, to see what would go by some limits and to let it
 * go. It chooses as the sweep of a running cache does, from what storage knows.
 *
 * <p>May work beside running caches. These write down late what they have used, an hour or a tenth
 * of the idle time behind at most, so that content may look older here than it is to them; what
 * they have written down since it was looked at is spared. Readers of what goes are not cut where
 * storage lets open content outlive its name. For one thread.
 */
public final class SingleSweep {

  /** The index knows times as exactly as that. */
  private static final long TICK_MILLIS = 16;

  /** What nobody takes away here. */
  private record Unfinished(long bytes) implements RemovableTransfers {

    @Override
    public OptionalLong removeOldest() {
      return OptionalLong.empty();
    }

    @Override
    public void removeOlderThan(Instant time) {}
  }

  private final Limits limits;
  private final ContentStore store;
  private final ContentInventory inventory;
  private final InstantSource clock;
  private final Instant begin;
  private final ContentIndex index = new ContentIndex();
  private final Evictor evictor;
  private final Space space;

  private SingleSweep(StorageDriver driver, Limits limits, long unfinished, InstantSource clock) {
    this.limits = limits;
    this.clock = clock;
    begin = clock.instant();
    store = new ContentStore(driver);
    inventory = new ContentInventory(driver);
    evictor =
        new Evictor(
            index,
            inventory,
            new ContentLocks(),
            new StorageFaults(clock, CacheListener.NONE),
            CacheListener.NONE);
    space = new Space(limits, index, new Unfinished(unfinished), inventory, evictor);
  }

  /**
   * Finds out what is there and what is pinned, which takes as long as listing everything.
   *
   * @param driver stays the caller's, and is closed after the last use of this
   * @param unfinished how many bytes are in unfinished transfers, which count as used
   * @throws IOException when storage cannot say; nothing is known then, and nothing may go
   */
  public static SingleSweep survey(
      StorageDriver driver, Limits limits, long unfinished, InstantSource clock)
      throws IOException {
    SingleSweep sweep = new SingleSweep(driver, limits, unfinished, clock);
    sweep.index.pin(new Pins(sweep.store, limits.pins()).resolve());
    sweep.evictor.allow();
    new Indexing(sweep.index, sweep.inventory, digest -> false, clock).run(() -> false);
    return sweep;
  }

  /** What is used, as far as it has not gone through this. */
  public DiskUsage usage() {
    return new DiskUsage(index.count(), index.bytes(), space.used(), true);
  }

  /** What has to go, the least recently used first. Nothing is done. */
  public List<PlannedEviction> plan() {
    List<PlannedEviction> plan = new ArrayList<>();
    for (Eviction eviction :
        evictor.plan(limits.idleBefore(begin), space.surplus(0), space.shortage(0))) {
      index
          .entry(eviction.id())
          .ifPresent(
              entry ->
                  plan.add(
                      new PlannedEviction(
                          entry.digest(),
                          entry.size(),
                          eviction.cost(),
                          Instant.ofEpochMilli(eviction.lastUse()),
                          eviction.reason())));
    }
    return plan;
  }

  /**
   * Lets go what was planned, unless it has been used since.
   *
   * @return whether it has gone
   * @throws IOException when it could not be deleted, and is still there
   */
  public boolean evict(PlannedEviction planned) throws IOException {
    OptionalInt id = index.id(planned.digest());
    if (id.isEmpty() || isUsedSince(planned)) {
      return false;
    }
    return evictor.delete(
        new Eviction(
            id.getAsInt(), planned.cost(), planned.lastUse().toEpochMilli(), planned.reason()));
  }

  /** By another process over the same store; gone is as good. */
  private boolean isUsedSince(PlannedEviction planned) throws IOException {
    Optional<BlobStat> now = inventory.blob(planned.digest());
    if (now.isEmpty()) {
      index.remove(planned.digest());
      return true;
    }
    Instant modified = now.get().modified();
    // A time to come is no use, but another machine's clock.
    return modified.isAfter(planned.lastUse().plusMillis(TICK_MILLIS))
        && !modified.isAfter(clock.instant());
  }

  /** Whether content was there and has not gone through this. */
  public boolean isKept(Digest digest) {
    return index.contains(digest);
  }

  /**
   * Removes links and tags whose content is gone, and repositories of which nothing is left.
   *
   * @return how many links and tags have gone
   */
  public int removeDangling() throws IOException {
    int removed = 0;
    for (RepositoryName repository : store.repositories()) {
      removed += inventory.removeDangling(repository, index::contains);
    }
    return removed;
  }
}
