package dev.cistern.proxy;

import dev.cistern.api.Digest;
import dev.cistern.api.RangeSet;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.fetch.SpoolDirectory;
import dev.cistern.proxy.internal.fetch.UserDirectory;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.policy.Share;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageTrait;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link PullThroughCache}. An upstream and a storage driver are required. Build one cache
 * with it, because the cache owns these two. Not thread-safe.
 */
public final class PullThroughCacheBuilder {

  /** The default of {@link #negativeTtl}. */
  public static final Duration DEFAULT_NEGATIVE_TTL = Duration.ofSeconds(10);

  /** The default of {@link #blobConnections}. */
  public static final int DEFAULT_BLOB_CONNECTIONS = 4;

  /** The default of {@link #maxTransfers}. */
  public static final int DEFAULT_MAX_TRANSFERS = 64;

  // More is hardly of use.
  private static final long MAX_DEFAULT_MEMORY = 256L << 20;

  private @Nullable UpstreamOptions upstream;
  private UnaryOperator<UpstreamOptions> changes = UnaryOperator.identity();
  private final Map<String, UpstreamOptions> upstreams = new TreeMap<>();
  private Function<String, Optional<UpstreamOptions>> unlisted = component -> Optional.empty();
  private final List<CacheListener> listeners = new ArrayList<>();
  private String name = "cistern";
  private @Nullable StorageDriver driver;
  private @Nullable Path spoolDirectory;
  private @Nullable LocalTier local;
  private @Nullable Peers peers;
  private InstantSource clock = InstantSource.system();
  private Limits limits = Limits.DEFAULT;
  private RetryPolicy retries = RetryPolicy.DEFAULT;

  private long memory = defaultMemory();

  PullThroughCacheBuilder() {}

  /** The default of {@link #memory} in this process: an eighth of the heap, up to 256 MiB. */
  public static long defaultMemory() {
    return Math.min(Runtime.getRuntime().maxMemory() / 8, MAX_DEFAULT_MEMORY);
  }

  /** The default upstream: the registry to fetch from. */
  public PullThroughCacheBuilder upstream(UpstreamConfig config) {
    return upstream(UpstreamOptions.of(config));
  }

  /** The default upstream: the registry to fetch from. The cache owns it and closes it. */
  public PullThroughCacheBuilder upstream(Upstream registry) {
    return upstream(UpstreamOptions.of(registry));
  }

  /** The default upstream with options, which the methods of this builder override. */
  public PullThroughCacheBuilder upstream(UpstreamOptions options) {
    upstream = Objects.requireNonNull(options);
    return this;
  }

  /**
   * Adds an upstream.
   *
   * @param component the first component of the names of its repositories in this cache, such as
   *     {@code ghcr.io}
   * @throws IllegalArgumentException if that is not a component of a repository name
   */
  public PullThroughCacheBuilder upstream(String component, UpstreamOptions options) {
    if (new RepositoryName(component).value().indexOf('/') >= 0) {
      throw new IllegalArgumentException(
          "an upstream's name must have one component: " + component);
    }
    upstreams.put(component, Objects.requireNonNull(options));
    return this;
  }

  /**
   * Decides about upstreams that are not listed, at their first use. At most a hundred of them are
   * connected at once.
   *
   * @param unlisted the options for the first component of a repository's name, which has a dot or
   *     an underscore; empty if the repository belongs to the default upstream. Called often, by
   *     any thread; must not block. What clients send decides about the argument
   */
  public PullThroughCacheBuilder unlistedUpstreams(
      Function<String, Optional<UpstreamOptions>> unlisted) {
    this.unlisted = Objects.requireNonNull(unlisted);
    return this;
  }

  /** Adds a listener for the events of the cache. */
  public PullThroughCacheBuilder listener(CacheListener listener) {
    listeners.add(Objects.requireNonNull(listener));
    return this;
  }

  /**
   * The prefix of the names of the cache's threads, {@code cistern} by default. With several caches
   * in a process, it shows which threads belong to which.
   */
  public PullThroughCacheBuilder name(String prefix) {
    if (prefix.isBlank()) {
      throw new IllegalArgumentException("the name of a cache must not be blank");
    }
    name = prefix;
    return this;
  }

  /** Where content is stored. The cache owns the driver and closes it. */
  public PullThroughCacheBuilder storage(StorageDriver storage) {
    driver = Objects.requireNonNull(storage);
    return this;
  }

  /**
   * A local directory for transfers in progress. By default the one that the storage driver or the
   * {@linkplain #local local tier} chooses, else {@code cistern/spool} in the user's cache
   * directory ({@code $XDG_CACHE_HOME} or {@code ~/.cache}), which is on a disk.
   */
  public PullThroughCacheBuilder spoolDirectory(Path directory) {
    spoolDirectory = Objects.requireNonNull(directory);
    return this;
  }

  /**
   * The local directory in front of a {@linkplain StorageTrait#REMOTE remote} storage; without
   * effect for another one. By default 10 GiB in {@code local} beside the {@linkplain
   * #spoolDirectory spool directory}. The {@linkplain #limits limits} are those of the storage; in
   * the local directory the same content expires, and its own size is the limit.
   */
  public PullThroughCacheBuilder local(LocalTier tier) {
    local = Objects.requireNonNull(tier);
    return this;
  }

  /**
   * The caches that work with this one as a cluster: what one of them fetches, the others get from
   * it. By default this cache works alone. The server in front of the cache has its part in this,
   * see {@link dev.cistern.proxy.peer}.
   */
  public PullThroughCacheBuilder peers(Peers cluster) {
    peers = Objects.requireNonNull(cluster);
    return this;
  }

  /**
   * How long the upstream's answer for a tag is fresh, and how long to wait for a new answer when a
   * stale one is cached. {@link FreshnessPolicy#DEFAULT} by default.
   */
  public PullThroughCacheBuilder freshness(FreshnessPolicy policy) {
    Objects.requireNonNull(policy);
    return change(options -> options.freshness(policy));
  }

  /**
   * What to answer for a cached tag that the upstream no longer has, or no longer gives to this
   * cache. {@link DeletedTags#SERVE} by default.
   */
  public PullThroughCacheBuilder deletedTags(DeletedTags policy) {
    Objects.requireNonNull(policy);
    return change(options -> options.deletedTags(policy));
  }

  /** What to fetch before a client asks for it. {@link Prefetch#OFF} by default. */
  public PullThroughCacheBuilder prefetch(Prefetch what) {
    Objects.requireNonNull(what);
    return change(options -> options.prefetch(what));
  }

  /**
   * What to fetch when a client asks for a range of a blob that is not cached: {@link
   * RangeFetch#WHOLE} by default. With {@link RangeFetch#RELAY}, use {@link
   * PullThroughCache#blob(RepositoryName, Digest, RangeSet, Requester)} for ranges.
   */
  public PullThroughCacheBuilder rangeFetch(RangeFetch what) {
    Objects.requireNonNull(what);
    return change(options -> options.rangeFetch(what));
  }

  /**
   * How long to remember that the upstream does not have some content; zero: do not remember.
   * {@link #DEFAULT_NEGATIVE_TTL} by default.
   */
  public PullThroughCacheBuilder negativeTtl(Duration memory) {
    UpstreamOptions.requireNegativeTtl(memory);
    return change(options -> options.negativeTtl(memory));
  }

  /**
   * How many blobs to fetch from the upstream at once; others wait, first come first served. {@link
   * #DEFAULT_MAX_TRANSFERS} by default.
   *
   * @param transfers from 1 to 1000; each uses a thread. The further connections of {@link
   *     #blobConnections} count too, and are used only while no blob waits.
   */
  public PullThroughCacheBuilder maxTransfers(int transfers) {
    UpstreamOptions.requireMaxTransfers(transfers);
    return change(options -> options.maxTransfers(transfers));
  }

  /**
   * How many connections may transfer one large blob, if measurement shows that more than one is
   * faster and the upstream takes requests for parts; 1: never more than one. {@link
   * #DEFAULT_BLOB_CONNECTIONS} by default.
   *
   * @param connections from 1 to 16
   */
  public PullThroughCacheBuilder blobConnections(int connections) {
    UpstreamOptions.requireBlobConnections(connections);
    return change(options -> options.blobConnections(connections));
  }

  private PullThroughCacheBuilder change(UnaryOperator<UpstreamOptions> change) {
    UnaryOperator<UpstreamOptions> before = changes;
    changes = options -> change.apply(before.apply(options));
    return this;
  }

  /** How much to cache, and for how long. {@link Limits#DEFAULT} by default. */
  public PullThroughCacheBuilder limits(Limits limits) {
    this.limits = Objects.requireNonNull(limits);
    return this;
  }

  /**
   * About how much memory to use for manifests and small blobs that are used often; zero: none.
   * {@link #defaultMemory} by default.
   */
  public PullThroughCacheBuilder memory(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("memory must not be negative: " + bytes);
    }
    memory = bytes;
    return this;
  }

  /**
   * When to resume blob transfers that the upstream ends early. {@link RetryPolicy#DEFAULT} by
   * default.
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
   * Makes the cache, ready for use. This sends no request to the upstream.
   *
   * @throws IllegalStateException without an upstream or a storage driver
   * @throws UncheckedIOException if the directory of the local tier cannot be used; the message
   *     names it and says why
   */
  public PullThroughCache build() {
    if (upstream == null || driver == null) {
      throw new IllegalStateException("a cache needs an upstream and a storage driver");
    }
    return new PullThroughCache(new Wiring(this));
  }

  UpstreamOptions defaultUpstream() {
    return changes.apply(Objects.requireNonNull(upstream));
  }

  Map<String, UpstreamOptions> upstreams() {
    return Map.copyOf(upstreams);
  }

  Function<String, Optional<UpstreamOptions>> unlistedUpstreams() {
    return unlisted;
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

  /** The directory for transfers when content is stored locally with this driver. */
  Path spoolDirectory(StorageDriver stored) {
    return spoolDirectory != null ? spoolDirectory : SpoolDirectory.baseFor(stored);
  }

  /** The local tier; empty if the storage itself is local. */
  Optional<LocalTier> local() {
    if (!driver().traits().contains(StorageTrait.REMOTE)) {
      return Optional.empty();
    }
    if (local != null) {
      return Optional.of(local);
    }
    Path directory =
        spoolDirectory != null
            ? spoolDirectory.toAbsolutePath().resolveSibling("local")
            : UserDirectory.named("local");
    return Optional.of(new LocalTier(directory, LocalTier.DEFAULT_MAX_SIZE));
  }

  Optional<Peers> peers() {
    return Optional.ofNullable(peers);
  }

  InstantSource clock() {
    return clock;
  }

  /** The limits with the shares of the upstreams. */
  Limits limits() {
    Map<String, Share> shares = new HashMap<>(limits.shares());
    upstreams.forEach(
        (component, options) -> {
          if (!options.share().equals(Share.WHOLE)) {
            shares.put(component, options.share());
          }
        });
    return limits.withShares(shares);
  }

  long memory() {
    return memory;
  }

  RetryPolicy retries() {
    return retries;
  }
}
