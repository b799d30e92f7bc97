package dev.cistern.proxy;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.event.Listeners;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.SpoolDirectory;
import dev.cistern.proxy.internal.pull.CachedContent;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.maintenance.Purge;
import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

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

  /** Removes an image or a repository from the cache. */
  CompletionStage<PurgeReport> purge(
      Registry registry, RepositoryName repository, Optional<Reference> reference) {
    Purge purge = new Purge(driver, store::purge);
    return new BlockingTasks(threads.lookups(), "storage")
        .start(
            () -> {
              try {
                PurgeReport report = purge.run(repository, reference);
                report.contents().forEach(content -> cached.forget(content.digest()));
                return report;
              } catch (IOException e) {
                throw new RegistryException(
                    ErrorCode.UNAVAILABLE,
                    "Storage failed while "
                        + repository
                        + " was purged, perhaps in part; try again",
                    e);
              } finally {
                registry.pulls().forget(repository);
              }
            });
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
