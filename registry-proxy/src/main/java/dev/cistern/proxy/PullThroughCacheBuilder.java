package dev.cistern.proxy;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.fetch.SpoolDirectory;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.Upstreams;
import dev.cistern.storage.StorageDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Describes a {@link PullThroughCache}. An upstream and a storage driver are required. */
public final class PullThroughCacheBuilder {

  /** An eighth of the heap, but no more than is of any use. */
  private static final long DEFAULT_MEMORY =
      Math.min(Runtime.getRuntime().maxMemory() / 8, 256L << 20);

  private @Nullable Function<CacheListener, Upstream> upstream;
  private final List<CacheListener> listeners = new ArrayList<>();
  private String name = "cistern";
  private @Nullable StorageDriver driver;
  private @Nullable Path spoolDirectory;
  private InstantSource clock = InstantSource.system();
  private FreshnessPolicy freshness = FreshnessPolicy.DEFAULT;
  private Duration negativeTtl = Duration.ofSeconds(10);
  private int maxTransfers = 64;
  private Limits limits = Limits.DEFAULT;
  private RetryPolicy retries = RetryPolicy.DEFAULT;

  private long memory = DEFAULT_MEMORY;

  PullThroughCacheBuilder() {}

  /** The registry to fetch from. */
  public PullThroughCacheBuilder upstream(UpstreamConfig config) {
    Objects.requireNonNull(config);
    upstream = listener -> Upstreams.connect(config, listener);
    return this;
  }

  /** The registry to fetch from; closed with the cache. */
  public PullThroughCacheBuilder upstream(Upstream registry) {
    Objects.requireNonNull(registry);
    upstream = listener -> registry;
    return this;
  }

  /**
   * Tells this listener what the cache does; may be called several times, for several listeners.
   */
  public PullThroughCacheBuilder listener(CacheListener listener) {
    listeners.add(Objects.requireNonNull(listener));
    return this;
  }

  /**
   * What the names of the cache's threads begin with, {@code cistern} by default: with several
   * caches in a process, a thread dump tells them apart.
   */
  public PullThroughCacheBuilder name(String prefix) {
    if (prefix.isBlank()) {
      throw new IllegalArgumentException("the name must not be blank");
    }
    name = prefix;
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

  /**
   * For how long what the upstream said about a tag stands, and how long to wait for it to say it
   * again where an older answer is here. By default it is asked each time, and waited for three
   * seconds.
   */
  public PullThroughCacheBuilder freshness(FreshnessPolicy policy) {
    freshness = Objects.requireNonNull(policy);
    return this;
  }

  /**
   * For how long the upstream is not asked again for what it said does not exist; zero: not at all.
   * Ten seconds by default.
   */
  public PullThroughCacheBuilder negativeTtl(Duration memory) {
    if (memory.isNegative()) {
      throw new IllegalArgumentException("negative duration: " + memory);
    }
    negativeTtl = memory;
    return this;
  }

  /**
   * How many blobs are fetched from the upstream at once; others wait in the order in which they
   * came. 64 by default.
   *
   * @param transfers each of which holds a thread, from 1 to 1000
   */
  public PullThroughCacheBuilder maxTransfers(int transfers) {
    if (transfers < 1 || transfers > 1000) {
      throw new IllegalArgumentException("transfers must be from 1 to 1000: " + transfers);
    }
    maxTransfers = transfers;
    return this;
  }

  /**
   * How much to keep, and for how long. By default as much as fits, as long as it is used once a
   * week.
   */
  public PullThroughCacheBuilder limits(Limits limits) {
    this.limits = Objects.requireNonNull(limits);
    return this;
  }

  /**
   * How much memory to take for manifests and small blobs that are asked for often; zero: none. By
   * default an eighth of the heap, up to 256 MiB.
   *
   * @param bytes about so many
   */
  public PullThroughCacheBuilder memory(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("negative size: " + bytes);
    }
    memory = bytes;
    return this;
  }

  /**
   * When to go on with blob transfers that the upstream breaks off. By default for about half a
   * minute without a new byte.
   */
  public PullThroughCacheBuilder retries(RetryPolicy policy) {
    retries = Objects.requireNonNull(policy);
    return this;
  }

  /** The source of the current time. */
  public PullThroughCacheBuilder clock(InstantSource source) {
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
    return new PullThroughCache(new Wiring(this));
  }

  /** Connects to the upstream. */
  Upstream upstream(CacheListener listener) {
    return Objects.requireNonNull(upstream).apply(listener);
  }

  List<CacheListener> listeners() {
    return List.copyOf(listeners);
  }

  String name() {
    return name;
  }

  StorageDriver driver() {
    return Objects.requireNonNull(driver);
  }

  Path spoolDirectory() {
    return spoolDirectory != null ? spoolDirectory : SpoolDirectory.baseFor(driver());
  }

  InstantSource clock() {
    return clock;
  }

  FreshnessPolicy freshness() {
    return freshness;
  }

  Limits limits() {
    return limits;
  }

  long memory() {
    return memory;
  }

  int maxTransfers() {
    return maxTransfers;
  }

  Duration negativeTtl() {
    return negativeTtl;
  }

  RetryPolicy retries() {
    return retries;
  }
}
