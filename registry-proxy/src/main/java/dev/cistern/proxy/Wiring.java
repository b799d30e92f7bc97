package dev.cistern.proxy;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.event.Listeners;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.SpoolDirectory;
import dev.cistern.proxy.internal.guard.GuardedUpstream;
import dev.cistern.proxy.internal.guard.ObservedUpstream;
import dev.cistern.proxy.internal.guard.RememberingUpstream;
import dev.cistern.proxy.internal.guard.UpstreamCalls;
import dev.cistern.proxy.internal.pull.Blobs;
import dev.cistern.proxy.internal.pull.DeclaredSizes;
import dev.cistern.proxy.internal.pull.HotContent;
import dev.cistern.proxy.internal.pull.Manifests;
import dev.cistern.proxy.internal.pull.TagLinks;
import dev.cistern.proxy.internal.pull.TagLists;
import dev.cistern.proxy.internal.pull.Tags;
import dev.cistern.proxy.internal.pull.TornBlobs;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;

/** Makes the parts of a cache as its builder describes them, and closes them in order. */
final class Wiring implements AutoCloseable {

  private final CacheThreads threads;
  private final Upstream upstream;
  private final StorageDriver driver;
  private final SpoolDirectory spools;
  private final BoundedStore bounded;
  private final BlobFetches fetches;

  final CacheListener listener;
  final Manifests manifests;
  final Tags tags;
  final TagLists lists;
  final Blobs blobs;

  Wiring(PullThroughCacheBuilder options) {
    listener = Listeners.of(options.listeners());
    threads = new CacheThreads(options.name(), options.maxTransfers());
    upstream = upstream(options);
    driver = options.driver();
    spools = SpoolDirectory.under(options.spoolDirectory());
    StorageFaults faults = new StorageFaults(options.clock(), listener);
    bounded =
        new BoundedStore(
            driver,
            options.limits(),
            spools.leftovers(),
            options.clock(),
            faults,
            listener,
            threads.threads("sweep"));
    fetches =
        new BlobFetches(
            bounded,
            spools,
            threads.transfers(),
            threads.receiving(),
            threads.blobPublishing(),
            options.retries(),
            faults,
            listener);
    UpstreamCalls calls = new UpstreamCalls(upstream, threads.requests());
    ContentStore store = new ContentStore(driver);
    HotContent hot = new HotContent(bounded, options.clock(), options.memory());
    BlockingTasks reads = new BlockingTasks(threads.lookups(), "storage");
    DeclaredSizes sizes = new DeclaredSizes();
    TornBlobs torn = new TornBlobs(bounded, sizes, threads.inspections(), faults);
    TagLinks links = new TagLinks(store, faults);
    blobs = new Blobs(upstream, store, bounded, torn, hot, reads, fetches, calls, faults);
    manifests =
        new Manifests(
            bounded, hot, reads, links, calls, sizes, threads.manifestPublishing(), faults);
    tags =
        new Tags(
            store,
            manifests,
            links,
            calls,
            threads.manifestPublishing(),
            threads.lookups(),
            reads,
            options.clock(),
            options.freshness(),
            faults);
    lists = new TagLists(store, calls, reads, faults);
    bounded.start();
  }

  private Upstream upstream(PullThroughCacheBuilder options) {
    Upstream observed = new ObservedUpstream(options.upstream(listener), listener, options.clock());
    return new RememberingUpstream(
        new GuardedUpstream(observed, options.clock(), threads.probing(), listener),
        options.negativeTtl(),
        options.clock());
  }

  BoundedStore bounded() {
    return bounded;
  }

  @Override
  public void close() throws IOException {
    fetches.close();
    upstream.close();
    threads.close();
    bounded.close();
    try {
      spools.close();
    } finally {
      driver.close();
    }
  }
}
