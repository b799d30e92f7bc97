package dev.cistern.proxy;

import com.google.common.io.Closer;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.cluster.Cluster;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.event.Listeners;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.DiskQuestion;
import dev.cistern.proxy.internal.fetch.RangeFetches;
import dev.cistern.proxy.internal.fetch.SpoolDirectory;
import dev.cistern.proxy.internal.pull.CachedContent;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.maintenance.Purge;
import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Makes the parts of a cache from its builder, and closes them in order. */
final class Wiring implements AutoCloseable {

  private final CacheThreads threads;
  private final StorageDriver driver;

  /** The directory in front of the driver, or the driver itself. */
  private final StorageDriver local;

  private final Optional<LocalTier> tier;
  private final Optional<SharedStore> shared;
  final Optional<Cluster> cluster;
  private final SpoolDirectory spools;
  final BlobFetches fetches;
  private final RangeFetches ranges;
  private final CachedContent cached;
  final StoredCopies copies;
  final Registries registries;
  final CacheListener listener;
  final BoundedStore store;
  final DiskQuestion disk;

  private boolean closed; // guarded by this

  Wiring(PullThroughCacheBuilder options) {
    InstantSource clock = options.clock();
    listener = Listeners.of(options.listeners());
    threads = new CacheThreads(options.name());
    driver = options.driver();
    tier = options.local();
    local = tier.isPresent() ? open(tier.get()) : driver;
    spools = SpoolDirectory.under(options.spoolDirectory(local));
    StorageFaults faults = new StorageFaults(clock, listener);
    store =
        new BoundedStore(
            local,
            local(options.limits()),
            spools.unfinished(),
            clock,
            faults,
            listener,
            threads.threads("sweep"));
    shared =
        tier.map(
            own ->
                new SharedStore(
                    driver,
                    local,
                    store,
                    threads,
                    options.limits(),
                    own.redirectFrom(),
                    clock,
                    faults));
    shared.ifPresent(one -> store.onChanges(one.uploads()));
    fetches =
        new BlobFetches(
            store,
            spools,
            threads.blobPublishing(),
            options.retries(),
            options.limits().maxBlobSize(),
            faults,
            listener);
    copies = new StoredCopies(fetches, shared);
    ranges =
        new RangeFetches(
            store, spools, fetches, threads.spooling(), options.retries(), faults, listener);
    disk =
        new DiskQuestion(
            () -> {
              Optional<ObjectStat> unused = local.stat("disk-check");
              spools.tryDisk();
            },
            threads.threads("disk"),
            System::nanoTime);
    cluster = options.peers().map(peers -> new Cluster(peers, threads, clock, listener));
    cached =
        new CachedContent(local, store, threads, clock, options.memory(), shared, cluster, faults);
    registries =
        new Registries(
            options,
            (name, upstream) ->
                Registry.connect(
                    name, upstream, threads, cached, fetches, ranges, cluster, clock, listener),
            threads.lookups());
    store.start();
    shared.ifPresent(SharedStore::start);
    cluster.ifPresent(Cluster::start);
  }

  private static StorageDriver open(LocalTier tier) {
    try {
      return tier.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** What of the limits is for the local directory, if there is one in front of the storage. */
  private Limits local(Limits limits) {
    return tier.map(own -> limits.withMaxSize(own.maxSize())).orElse(limits);
  }

  /** Whether clients may get blobs from the storage themselves. */
  boolean givesUrls() {
    return shared.isPresent() && shared.get().givesUrls();
  }

  /** How many changes of a remote storage are not made yet. */
  int pendingUploads() {
    return shared.map(SharedStore::pending).orElse(0);
  }

  /** Takes up the limits, the memory and the upstreams of a builder. */
  void reconfigure(PullThroughCacheBuilder changed) {
    store.reconfigure(local(changed.limits()));
    shared.ifPresent(store -> store.reconfigure(changed.limits()));
    fetches.limitSize(changed.limits().maxBlobSize());
    cached.resizeMemory(changed.memory());
    registries.replaceBy(changed);
  }

  /** Removes an image or a repository from the cache, with what is still being stored of it. */
  CompletionStage<PurgeReport> purge(
      Registry registry, RepositoryName repository, Optional<Reference> reference) {
    // Which blobs an image has is known only after its manifest is stored: all of the repository.
    return fetches
        .leaveUnstored(repository)
        .thenCompose(
            unused -> new BlockingTasks(threads.manifestPublishing(), "storage").start(() -> true))
        .thenCompose(
            unused ->
                shared.isPresent()
                    ? purgeBoth(shared.get(), registry, repository, reference)
                    : purgeStored(registry, repository, reference));
  }

  /** Content that is still being copied would come back. */
  private CompletionStage<PurgeReport> purgeBoth(
      SharedStore store,
      Registry registry,
      RepositoryName repository,
      Optional<Reference> reference) {
    return store
        .hold(repository)
        .exceptionallyCompose(
            failure ->
                CompletableFuture.failedStage(
                    new RegistryException(
                        ErrorCode.UNAVAILABLE,
                        "Content of %s is still being stored, and nothing was purged; try again"
                            .formatted(repository),
                        failure)))
        .thenCompose(unused -> purgeStored(registry, repository, reference))
        .whenComplete((report, failure) -> store.release(repository));
  }

  private CompletionStage<PurgeReport> purgeStored(
      Registry registry, RepositoryName repository, Optional<Reference> reference) {
    return new BlockingTasks(threads.lookups(), "storage")
        .start(() -> purgeNow(registry, repository, reference));
  }

  private PurgeReport purgeNow(
      Registry registry, RepositoryName repository, Optional<Reference> reference)
      throws RegistryException {
    try {
      PurgeReport report = purge(repository, reference);
      report.contents().forEach(content -> cached.forget(content.digest()));
      return report;
    } catch (IOException e) {
      throw new RegistryException(
          ErrorCode.UNAVAILABLE,
          "Storage failed while " + repository + " was purged, perhaps in part; try again",
          e);
    } finally {
      registry.pulls().forget(repository);
    }
  }

  /** From the shared store first: it would give back what only the local directory has lost. */
  private PurgeReport purge(RepositoryName repository, Optional<Reference> reference)
      throws IOException {
    Purge here = new Purge(local, store::purge);
    return tier.isPresent()
        ? new Purge(driver).run(repository, reference).and(here.run(repository, reference))
        : here.run(repository, reference);
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    // Each is closed, also when one before it fails; the last one first.
    try (Closer closer = Closer.create()) {
      closer.register(driver);
      closer.register(cached::close);
      closer.register(spools);
      closer.register(store);
      closer.register(threads::close);
      shared.ifPresent(one -> closer.register(one::close));
      closer.register(registries::close);
      // Before the threads that wait for peers.
      cluster.ifPresent(one -> closer.register(one::close));
      closer.register(fetches);
      closer.register(ranges);
    }
  }
}
