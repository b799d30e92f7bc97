package dev.cistern.proxy;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.event.Listeners;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.SpoolDirectory;
import dev.cistern.proxy.internal.pull.CachedContent;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDrivers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Makes the parts of a cache from its builder, and closes them in order. */
final class Wiring implements AutoCloseable {

  /** The driver of the local tier. */
  private static final String FILES = "filesystem";

  private final CacheThreads threads;
  private final StorageDriver driver;
  private final Optional<LocalTier> tier;
  private final Optional<SharedStore> shared;
  private final SpoolDirectory spools;
  private final BlobFetches fetches;
  private final CachedContent cached;
  final Registries registries;
  final CacheListener listener;
  final BoundedStore store;

  Wiring(PullThroughCacheBuilder options) {
    InstantSource clock = options.clock();
    listener = Listeners.of(options.listeners());
    threads = new CacheThreads(options.name());
    driver = options.driver();
    tier = options.local();
    StorageDriver local = tier.isPresent() ? open(tier.get()) : driver;
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
            unused -> new SharedStore(driver, store, threads, options.limits(), clock, faults));
    shared.ifPresent(store::onChanges);
    fetches =
        new BlobFetches(
            store,
            spools,
            threads.blobPublishing(),
            options.retries(),
            options.limits().maxBlobSize(),
            faults,
            listener);
    cached = new CachedContent(local, store, threads, clock, options.memory(), shared, faults);
    registries =
        new Registries(
            options,
            (name, upstream) ->
                Registry.connect(name, upstream, threads, cached, fetches, clock, listener),
            threads.lookups());
    store.start();
    shared.ifPresent(SharedStore::start);
  }

  private static StorageDriver open(LocalTier tier) {
    try {
      return StorageDrivers.create(
          FILES, DriverParameters.of(FILES, Map.of("rootdirectory", tier.directory().toString())));
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** What of the limits is for the local directory, if there is one in front of the storage. */
  private Limits local(Limits limits) {
    return tier.map(own -> limits.withMaxSize(own.maxSize())).orElse(limits);
  }

  /** Takes up the limits, the memory and the upstreams of a builder. */
  void reconfigure(PullThroughCacheBuilder changed) {
    store.reconfigure(local(changed.limits()));
    shared.ifPresent(store -> store.reconfigure(changed.limits()));
    fetches.limitSize(changed.limits().maxBlobSize());
    cached.resizeMemory(changed.memory());
    registries.replaceBy(changed);
  }

  @Override
  public void close() throws IOException {
    fetches.close();
    registries.close();
    shared.ifPresent(SharedStore::close);
    threads.close();
    store.close();
    try {
      spools.close();
    } finally {
      driver.close();
    }
  }
}
