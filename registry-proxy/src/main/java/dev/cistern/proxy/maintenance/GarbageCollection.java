package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.proxy.internal.fetch.AbandonedTransfers;
import dev.cistern.proxy.internal.store.ContentOwners;
import dev.cistern.proxy.internal.store.Costs;
import dev.cistern.proxy.internal.store.SingleSweep;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.Garbage;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.proxy.report.GarbageReport.Evicted;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.proxy.report.UnfinishedTransfers;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Evicts what the limits require, once and now, or reports what that would be. It chooses as the
 * sweep of a running cache does ({@link SingleSweep}). It also removes links without content, empty
 * repositories, and unfinished transfers that are too old. It may run while caches use the store.
 * For one thread.
 */
public final class GarbageCollection {

  private final StorageDriver driver;
  private final Limits limits;
  private final InstantSource clock;
  private final Optional<Path> spools;

  /**
   * Works on a store whose transfers are in the default directory, or on a remote one, which has
   * none on this machine.
   *
   * @param driver stays the caller's
   */
  public GarbageCollection(StorageDriver driver, Limits limits, InstantSource clock) {
    this.driver = driver;
    this.limits = limits;
    this.clock = clock;
    spools = AbandonedTransfers.baseOf(driver);
  }

  /**
   * Reports what would be evicted, and evicts nothing.
   *
   * @throws IOException when storage cannot be listed
   */
  public GarbageReport dryRun() throws IOException {
    UnfinishedTransfers unfinished =
        spools.map(AbandonedTransfers::under).orElse(UnfinishedTransfers.NONE);
    SingleSweep sweep = SingleSweep.survey(driver, limits, unfinished.keptBytes(), clock);
    List<PlannedEviction> plan = sweep.plan();
    Set<Digest> evicted = digests(plan);
    ContentOwners owners = ContentOwners.of(evicted, driver);
    List<Garbage> contents =
        plan.stream()
            .map(planned -> new Garbage(planned, owners.of(planned.digest()), Outcome.LEFT))
            .toList();
    ContentInventory inventory = new ContentInventory(driver);
    long dangling =
        DanglingLinks.count(
            driver,
            digest ->
                !evicted.contains(digest)
                    && (sweep.isKept(digest) || inventory.blob(digest).isPresent()));
    DiskUsage before = sweep.usage();
    long bytes = plan.stream().mapToLong(PlannedEviction::size).sum();
    DiskUsage after =
        Costs.usage(
            before.contents() - plan.size(), before.bytes() - bytes, unfinished.keptBytes());
    return new GarbageReport(before, after, sums(plan), contents, dangling, unfinished, List.of());
  }

  /**
   * Evicts it.
   *
   * @throws IOException when storage cannot be listed; content that could not be deleted is in the
   *     report
   */
  public GarbageReport run() throws IOException {
    UnfinishedTransfers unfinished =
        spools.map(AbandonedTransfers::removeExpired).orElse(UnfinishedTransfers.NONE);
    SingleSweep sweep = SingleSweep.survey(driver, limits, unfinished.keptBytes(), clock);
    return sweep.collect(unfinished);
  }

  private static List<Evicted> sums(List<PlannedEviction> plan) {
    Map<EvictionReason, Evicted> sums = new EnumMap<>(EvictionReason.class);
    for (PlannedEviction planned : plan) {
      sums.merge(planned.reason(), new Evicted(planned.reason(), 1, planned.cost()), Evicted::plus);
    }
    return List.copyOf(sums.values());
  }

  private static Set<Digest> digests(List<PlannedEviction> plan) {
    return plan.stream().map(PlannedEviction::digest).collect(Collectors.toSet());
  }
}
