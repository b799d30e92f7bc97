package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.store.SweepResult.Chosen;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.proxy.report.Garbage;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Collects garbage: for the sweep of a running cache, by itself or because an operator asked for
 * it, and for the command {@code gc} on a store. They differ in what the index knows. For one
 * thread.
 */
final class GarbageSweep {

  private final StorageDriver driver;
  private final ContentStore store;
  private final ContentInventory inventory;
  private final ContentIndex index;
  private final Space space;
  private final Evictor evictor;

  GarbageSweep(
      StorageDriver driver,
      ContentInventory inventory,
      ContentIndex index,
      Space space,
      Evictor evictor) {
    this.driver = driver;
    store = new ContentStore(driver);
    this.inventory = inventory;
    this.index = index;
    this.space = space;
    this.evictor = evictor;
  }

  /** What the limits require to evict, the least recently used first. Evicts nothing. */
  List<PlannedEviction> plan(Shares shares, Instant now) {
    List<Eviction> evictions =
        shares.isEmpty()
            ? evictor.plan(shares.limits().idleBefore(now), space.surplus(0), space.shortage(0))
            : evictor.plan(
                space.goals(now, Integer.MAX_VALUE), space.surplus(0), space.shortage(0));
    List<PlannedEviction> plan = new ArrayList<>();
    evictions.forEach(eviction -> evictor.planned(eviction).ifPresent(plan::add));
    return plan;
  }

  /** Evicts it. */
  void evict(Shares shares, Instant now, SweepResult result) {
    if (!shares.isEmpty()) {
      evictor.sweepShares(space.goals(now, Evictor.MOST / shares.count()), result);
    }
    long idleBefore = shares.isEmpty() ? shares.limits().idleBefore(now) : Long.MIN_VALUE;
    evictor.sweep(idleBefore, space.surplus(0), space.shortage(0), result);
  }

  /**
   * The content that a sweep chose, with the repositories that have it. Their links are still there
   * if this is called before {@link #removeDangling}.
   */
  List<Garbage> listed(SweepResult result) throws IOException {
    Set<Digest> digests =
        result.chosen().stream()
            .map(Chosen::eviction)
            .map(PlannedEviction::digest)
            .collect(Collectors.toSet());
    ContentOwners owners = ContentOwners.of(digests, driver);
    return result.chosen().stream()
        .map(
            chosen ->
                new Garbage(
                    chosen.eviction(), owners.of(chosen.eviction().digest()), chosen.outcome()))
        .toList();
  }

  /** Where each request costs, only the repositories that have lost something. */
  private Collection<RepositoryName> perhapsDangling() throws IOException {
    return driver.traits().contains(StorageTrait.REMOTE)
        ? inventory.lacking(index::contains)
        : store.repositories();
  }

  /**
   * Removes links and tags without content, and repositories that are empty then.
   *
   * @param stopped ends this early
   * @return how many links and tags were removed
   */
  int removeDangling(BooleanSupplier stopped) throws IOException {
    int removed = 0;
    for (RepositoryName repository : perhapsDangling()) {
      if (stopped.getAsBoolean()) {
        return removed;
      }
      removed += inventory.removeDangling(repository, index::contains);
    }
    return removed;
  }
}
