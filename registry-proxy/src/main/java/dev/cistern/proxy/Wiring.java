package dev.cistern.proxy;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.event.Listeners;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.SpoolDirectory;
import dev.cistern.proxy.internal.guard.UpstreamGuard;
import dev.cistern.proxy.internal.pull.Pulls;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;

/** Makes the parts of a cache from its builder, and closes them in order. */
final class Wiring implements AutoCloseable {

  private final CacheThreads threads;
  private final Upstream upstream;
  private final StorageDriver driver;
  private final SpoolDirectory spools;
  private final BlobFetches fetches;

  final CacheListener listener;
  final BoundedStore store;
  final Pulls pulls;

  Wiring(PullThroughCacheBuilder options) {
    listener = Listeners.of(options.listeners());
    threads = new CacheThreads(options.name(), options.maxTransfers());
    upstream =
        UpstreamGuard.around(
            options.upstream(listener),
            options.negativeTtl(),
            options.clock(),
            threads.probing(),
            listener);
    driver = options.driver();
    spools = SpoolDirectory.under(options.spoolDirectory());
    StorageFaults faults = new StorageFaults(options.clock(), listener);
    store =
        new BoundedStore(
            driver,
            options.limits(),
            spools.unfinished(),
            options.clock(),
            faults,
            listener,
            threads.threads("sweep"));
    fetches =
        new BlobFetches(
            store,
            spools,
            threads.transfers(),
            threads.receiving(),
            threads.blobPublishing(),
            options.retries(),
            options.limits().maxBlobSize(),
            faults,
            listener);
    pulls =
        new Pulls(
            upstream,
            driver,
            store,
            fetches,
            threads,
            options.clock(),
            options.freshness(),
            options.deletedTags(),
            options.memory(),
            faults);
    store.start();
  }

  @Override
  public void close() throws IOException {
    fetches.close();
    upstream.close();
    threads.close();
    store.close();
    try {
      spools.close();
    } finally {
      driver.close();
    }
  }
}
