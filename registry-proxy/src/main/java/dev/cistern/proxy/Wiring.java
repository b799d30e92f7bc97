package dev.cistern.proxy;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.event.Listeners;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.SpoolDirectory;
import dev.cistern.proxy.internal.pull.CachedContent;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.time.InstantSource;

/** Makes the parts of a cache from its builder, and closes them in order. */
final class Wiring implements AutoCloseable {

  private final CacheThreads threads;
  private final StorageDriver driver;
  private final SpoolDirectory spools;
  final BlobFetches fetches;
  private final CachedContent cached;
  final Registries registries;
  final CacheListener listener;
  final BoundedStore store;

  Wiring(PullThroughCacheBuilder options) {
    InstantSource clock = options.clock();
    listener = Listeners.of(options.listeners());
    threads = new CacheThreads(options.name());
    driver = options.driver();
    spools = SpoolDirectory.under(options.spoolDirectory());
    StorageFaults faults = new StorageFaults(clock, listener);
    store =
        new BoundedStore(
            driver,
            options.limits(),
            spools.unfinished(),
            clock,
            faults,
            listener,
            threads.threads("sweep"));
    fetches =
        new BlobFetches(
            store,
            spools,
            threads.blobPublishing(),
            options.retries(),
            options.limits().maxBlobSize(),
            faults,
            listener);
    cached = new CachedContent(driver, store, threads, clock, options.memory(), faults);
    registries =
        new Registries(
            options,
            (name, upstream) ->
                Registry.connect(name, upstream, threads, cached, fetches, clock, listener),
            threads.lookups());
    store.start();
  }

  /** Takes up the limits, the memory and the upstreams of a builder. */
  void reconfigure(PullThroughCacheBuilder changed) {
    store.reconfigure(changed.limits());
    fetches.limitSize(changed.limits().maxBlobSize());
    cached.resizeMemory(changed.memory());
    registries.replaceBy(changed);
  }

  @Override
  public void close() throws IOException {
    fetches.close();
    registries.close();
    threads.close();
    store.close();
    try {
      spools.close();
    } finally {
      driver.close();
    }
  }
}
