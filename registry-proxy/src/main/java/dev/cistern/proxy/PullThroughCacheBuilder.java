package dev.cistern.proxy;

import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamConfig;
import dev.cistern.proxy.upstream.Upstreams;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.SupportsAdoption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Describes a {@link PullThroughCache}. An upstream and a storage driver are required. */
public final class PullThroughCacheBuilder {

  private @Nullable Upstream upstream;
  private @Nullable StorageDriver driver;
  private @Nullable Path spoolDirectory;
  private Clock clock = Clock.systemUTC();

  PullThroughCacheBuilder() {}

  /** The registry to fetch from. */
  public PullThroughCacheBuilder upstream(UpstreamConfig config) {
    return upstream(Upstreams.connect(config));
  }

  /** The registry to fetch from; closed with the cache. */
  public PullThroughCacheBuilder upstream(Upstream registry) {
    upstream = Objects.requireNonNull(registry);
    return this;
  }

  /** Where content is kept; closed with the cache. */
  public PullThroughCacheBuilder storage(StorageDriver storage) {
    driver = Objects.requireNonNull(storage);
    return this;
  }

  /**
   * A local directory for transfers on their way. By default where the storage driver wants it,
   * else {@code cistern-spool} in the system's directory for temporary files.
   */
  public PullThroughCacheBuilder spoolDirectory(Path directory) {
    spoolDirectory = Objects.requireNonNull(directory);
    return this;
  }

  /** The source of the current time. */
  public PullThroughCacheBuilder clock(Clock source) {
    clock = Objects.requireNonNull(source);
    return this;
  }

  /**
   * Makes the cache, ready for use. It does not ask the upstream for anything yet.
   *
   * @throws IllegalStateException without an upstream or a storage driver
   */
  public PullThroughCache build() {
    if (upstream == null || driver == null) {
      throw new IllegalStateException("a cache needs an upstream and a storage driver");
    }
    return new PullThroughCache(this);
  }

  Upstream upstream() {
    return Objects.requireNonNull(upstream);
  }

  StorageDriver driver() {
    return Objects.requireNonNull(driver);
  }

  Path spoolDirectory() {
    if (spoolDirectory != null) {
      return spoolDirectory;
    }
    return driver instanceof SupportsAdoption adopter
        ? adopter.spoolDirectory()
        : Path.of(System.getProperty("java.io.tmpdir"), "cistern-spool");
  }

  Clock clock() {
    return clock;
  }
}
