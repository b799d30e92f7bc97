package dev.cistern.proxy;

import dev.cistern.api.RepositoryName;
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
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Makes the parts of a cache from its builder, and closes them in order. */
final class Wiring implements AutoCloseable {

  private final CacheThreads threads;
  private final StorageDriver driver;
  private final SpoolDirectory spools;
  private final BlobFetches fetches;
  private final Registry defaultRegistry;

  /** The other ones, by the first component of the names of their repositories. */
  private final Map<String, Registry> registries = new TreeMap<>();

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
    CachedContent cached =
        new CachedContent(driver, store, threads, clock, options.memory(), faults);
    defaultRegistry =
        Registry.connect("", options.defaultUpstream(), threads, cached, fetches, clock, listener);
    options
        .upstreams()
        .forEach(
            (name, upstream) ->
                registries.put(
                    name,
                    Registry.connect(name, upstream, threads, cached, fetches, clock, listener)));
    store.start();
  }

  /** The registry that a repository of the cache belongs to. */
  Registry registry(RepositoryName repository) {
    if (registries.isEmpty()) {
      return defaultRegistry;
    }
    int slash = repository.value().indexOf('/');
    return slash < 0
        ? defaultRegistry
        : Objects.requireNonNullElse(
            registries.get(repository.value().substring(0, slash)), defaultRegistry);
  }

  /** Any registry, for what concerns all. */
  Registry anyRegistry() {
    return defaultRegistry;
  }

  @Override
  public void close() throws IOException {
    fetches.close();
    defaultRegistry.upstream().close();
    registries.values().forEach(registry -> registry.upstream().close());
    defaultRegistry.threads().close();
    registries.values().forEach(registry -> registry.threads().close());
    threads.close();
    store.close();
    try {
      spools.close();
    } finally {
      driver.close();
    }
  }
}
