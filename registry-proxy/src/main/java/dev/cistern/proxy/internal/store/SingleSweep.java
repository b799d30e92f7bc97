package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.proxy.report.UnfinishedTransfers;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.BlobUse;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * One sweep over a store on request: shows what the limits require to evict, and evicts it. It is
 * the {@link GarbageSweep} of a running cache, with the times of last use that storage has.
 *
 * <p>It may run while caches use the store. Caches store the times of last use with a delay of up
 * to an hour or a tenth of the ttl, so content may seem older here than it is. Content is not
 * evicted if a later use was stored since the survey. Reads in progress are not ended if storage
 * keeps deleted content readable while it is open. For one thread.
 */
public final class SingleSweep {

  /** The precision of times in the index. */
  private static final long TICK_MILLIS = 16;

  private static final Duration FOREVER = Duration.ofDays(365);

  /** Unfinished transfers that are counted, and not removed here. */
  private record Unfinished(long bytes) implements RemovableTransfers {

    @Override
    public OptionalLong removeOldest() {
      return OptionalLong.empty();
    }

    @Override
    public UnfinishedTransfers removeOlderThan(Instant time) {
      return UnfinishedTransfers.NONE;
    }
  }

  private final Shares shares;
  private final ContentStore store;
  private final ContentInventory inventory;
  private final InstantSource clock;
  private final Instant begin;
  private final ContentIndex index = new ContentIndex();
  private final Deletion deletion;
  private final Evictor evictor;
  private final Space space;
  private final GarbageSweep garbage;

  private SingleSweep(StorageDriver driver, Limits limits, long unfinished, InstantSource clock) {
    shares = Shares.of(limits);
    this.clock = clock;
    begin = clock.instant();
    store = new ContentStore(driver, MetadataMemory.OF_HEAP.waiting());
    inventory = new ContentInventory(driver);
    ContentLocks locks = new ContentLocks();
    deletion = new Deletion(index, inventory, locks, CacheListener.NONE);
    evictor =
        new Evictor(
            index,
            new EvictionChooser(index, locks),
            deletion,
            new StorageFaults(clock, CacheListener.NONE));
    evictor.lookBeforeSweeping(planned -> !isUsedSince(planned));
    space = new Space(shares, index, new Unfinished(unfinished), inventory, evictor);
    garbage = new GarbageSweep(driver, inventory, index, space, evictor);
  }

  /**
   * Lists the content, and finds what is pinned. Takes as long as a listing of the whole store.
   *
   * @param driver stays the caller's, and is closed after the last use of this
   * @param limits in a remote store, content is kept for the longest ttl of all its caches
   * @param unfinished how many bytes are in unfinished transfers, which count as used
   * @throws IOException when storage cannot be read; nothing may be evicted then
   */
  public static SingleSweep survey(
      StorageDriver driver, Limits limits, long unfinished, InstantSource clock)
      throws IOException {
    SingleSweep sweep = new SingleSweep(driver, ofAll(driver, limits, clock), unfinished, clock);
    sweep.index.pin(new Pins(sweep.store, limits.pins()).resolve());
    sweep.evictor.allow();
    new Indexing(sweep.index, sweep.inventory, digest -> false, clock).run(() -> false);
    sweep.findUses();
    new Ownership(sweep.shares, sweep.store, sweep.inventory, sweep.index).find(() -> false);
    return sweep;
  }

  /** The limits with the longest ttl of all caches that share the store. */
  private static Limits ofAll(StorageDriver driver, Limits limits, InstantSource clock)
      throws IOException {
    return driver.traits().contains(StorageTrait.REMOTE)
        ? limits.withTtl(new CacheTtls(driver).longest(limits.ttl(), clock.instant()))
        : limits;
  }

  /** Adds the uses that caches have stored apart from the content. */
  private void findUses() throws IOException {
    try (Stream<BlobUse> uses = inventory.uses()) {
      uses.forEach(use -> index.useIsStored(use.digest(), countedAs(use)));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * The time of a use by the ttl of these limits, in milliseconds since the epoch. A cache with a
   * longer ttl keeps the content for longer: that is as if the use was later.
   */
  private long countedAs(BlobUse use) {
    Duration own = shares.limits().ttl();
    if (own.isZero() || (!use.ttl().isZero() && use.ttl().compareTo(own) <= 0)) {
      return use.time().toEpochMilli();
    }
    // Another cache keeps it forever as long as it uses it at all; a year is as good.
    Duration theirs = use.ttl().isZero() ? FOREVER : use.ttl();
    return use.time().plus(theirs).minus(own).toEpochMilli();
  }

  /** How much of the disk is used, without the content that this has evicted. */
  public DiskUsage usage() {
    return new DiskUsage(index.totals().count(), index.totals().bytes(), space.used(), true);
  }

  /** What the limits require to evict, the least recently used first. Evicts nothing. */
  public List<PlannedEviction> plan() {
    return garbage.plan(shares, begin);
  }

  /**
   * Evicts what the limits require, and removes links and tags without content, and repositories
   * that are empty then.
   *
   * @param unfinished what was done about unfinished transfers before
   * @throws IOException when storage cannot be listed; content that could not be deleted is in the
   *     report
   */
  public GarbageReport collect(UnfinishedTransfers unfinished) throws IOException {
    DiskUsage before = usage();
    SweepResult result = new SweepResult(Integer.MAX_VALUE);
    result.removed(unfinished);
    garbage.evict(shares, begin, result);
    result.found(garbage.listed(result));
    try {
      result.removedDangling(removeDangling());
    } catch (IOException e) {
      result.failed("links", e);
    }
    return result.report(before, usage());
  }

  /**
   * Evicts planned content, unless it has been used since.
   *
   * @return whether it was evicted
   * @throws IOException when it could not be deleted; it is still cached
   */
  public boolean evict(PlannedEviction planned) throws IOException {
    OptionalInt id = index.id(planned.digest());
    if (id.isEmpty() || isUsedSince(planned)) {
      return false;
    }
    return deletion.evict(
        new Eviction(
            id.getAsInt(), planned.cost(), planned.lastUse().toEpochMilli(), planned.reason()));
  }

  /** Whether another process has used the content since it was planned, or deleted it. */
  private boolean isUsedSince(PlannedEviction planned) throws IOException {
    Optional<BlobStat> now = inventory.blob(planned.digest());
    if (now.isEmpty()) {
      index.remove(planned.digest());
      return true;
    }
    Instant modified = now.get().modified();
    long planAt = planned.lastUse().toEpochMilli() + TICK_MILLIS;
    for (BlobUse use : inventory.uses(planned.digest())) {
      if (countedAs(use) > planAt) {
        return true;
      }
    }
    // A time in the future is no use, but comes from another machine's clock.
    return modified.isAfter(planned.lastUse().plusMillis(TICK_MILLIS))
        && !modified.isAfter(clock.instant());
  }

  /** Whether content was listed, and has not been evicted by this. */
  public boolean isKept(Digest digest) {
    return index.contains(digest);
  }

  /**
   * Removes links and tags without content, and repositories that are empty then.
   *
   * @return how many links and tags were removed
   */
  public int removeDangling() throws IOException {
    return garbage.removeDangling(() -> false);
  }
}
