package dev.cistern.server.health;

import dev.cistern.proxy.report.DiskUsage;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The health of a server. A failing upstream does not make it unready, because the cache answers
 * from its storage; storage that is not writable does, because another server may do better.
 * Thread-safe; no method blocks.
 */
public final class Health {

  private final String driver;
  private final StorageProbe storage;
  private final CacheHealth cache;
  private final Supplier<DiskUsage> usage;
  private volatile Set<String> upstreams;
  private volatile boolean stopping;

  /**
   * @param driver the name of the storage driver
   * @param storage stays the caller's
   * @param cache gets the events of the cache
   * @param usage the usage of the cache; must not block
   * @param upstreams the names of the upstreams
   */
  public Health(
      String driver,
      StorageProbe storage,
      CacheHealth cache,
      Supplier<DiskUsage> usage,
      Set<String> upstreams) {
    this.driver = driver;
    this.storage = storage;
    this.cache = cache;
    this.usage = usage;
    this.upstreams = Set.copyOf(upstreams);
  }

  /** The configuration has other upstreams now. */
  public void upstreams(Set<String> names) {
    upstreams = Set.copyOf(names);
  }

  /** The server is not ready any more, because it was asked to stop. */
  public void stop() {
    stopping = true;
  }

  /** The name of the storage driver. */
  String driver() {
    return driver;
  }

  /** The health now. */
  HealthReport report() {
    TreeMap<String, String> states = new TreeMap<>();
    upstreams.forEach(name -> states.put(name, ""));
    states.putAll(cache.failing());
    return new HealthReport(stopping, storage.state(), index(), cache.sweepError(), states);
  }

  private HealthReport.Index index() {
    if (usage.get().indexed()) {
      return HealthReport.Index.COMPLETE;
    }
    return cache.sweepError().isEmpty() ? HealthReport.Index.COUNTING : HealthReport.Index.FAILING;
  }
}
