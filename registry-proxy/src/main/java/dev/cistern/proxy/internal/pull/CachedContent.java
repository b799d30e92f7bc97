package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.proxy.internal.cluster.Cluster;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** What all upstreams of a cache share: the content in storage and in memory. Thread-safe. */
public final class CachedContent {

  final ContentStore store;
  final BoundedStore bounded;
  final CacheThreads threads;
  final BlockingTasks reads;
  final HotContent hot;
  final DeclaredSizes sizes = new DeclaredSizes();
  final RepositorySizes declared;
  final CachedBlobs blobs;
  final TagLinks links;
  final Optional<SharedStore> shared;
  final Optional<Cluster> cluster;
  final InstantSource clock;
  final StorageFaults faults;

  /** For small manifests that wait to be stored, in KiB: a sixteenth of the heap. */
  final Semaphore unpublished =
      new Semaphore((int) Math.min(1 << 20, Runtime.getRuntime().maxMemory() / 16 / 1024));

  /**
   * @param driver the storage for manifests, tags and links
   * @param bounded content in the same driver
   * @param memory about how many bytes of manifests and small blobs to keep in memory; 0: none
   * @param shared where content is looked for that the driver does not have
   * @param cluster the caches that share their transfers
   */
  public CachedContent(
      StorageDriver driver,
      BoundedStore bounded,
      CacheThreads threads,
      InstantSource clock,
      long memory,
      Optional<SharedStore> shared,
      Optional<Cluster> cluster,
      StorageFaults faults) {
    this.cluster = cluster;
    this.shared = shared;
    this.bounded = bounded;
    this.threads = threads;
    this.clock = clock;
    this.faults = faults;
    store = new ContentStore(driver, MetadataMemory.OF_HEAP);
    reads = new BlockingTasks(threads.lookups(), "storage");
    hot = new HotContent(bounded, clock, memory, MetadataMemory.OF_HEAP);
    declared = new RepositorySizes(store, new LinkInventory(driver), sizes, faults);
    TornBlobs torn = new TornBlobs(bounded, sizes, declared, threads.verifications(), faults);
    blobs = new CachedBlobs(store, bounded, torn, hot, faults);
    links = new TagLinks(store, bounded, faults);
  }

  /** Forgets what is in memory of content. */
  public void forget(Digest digest) {
    hot.forget(digest);
  }

  /** Forgets all that is in memory of content. */
  public void close() {
    hot.close();
  }

  /**
   * Uses another amount of memory.
   *
   * @param memory about how many bytes of manifests and small blobs to keep in memory; 0: none
   */
  public void resizeMemory(long memory) {
    hot.resize(memory);
  }
}
