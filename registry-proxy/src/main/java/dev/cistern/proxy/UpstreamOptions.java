package dev.cistern.proxy;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.policy.Share;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.Upstreams;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * How a cache uses one of its upstreams. Each upstream of a cache has its own connections, threads,
 * queues and memory of failures. Immutable: each method returns changed options.
 */
public final class UpstreamOptions {

  /** Connects to the registry, and to its fallbacks in order. */
  private List<Function<CacheListener, Upstream>> connects;

  // Changed only by changed(), before anything else has the copy.
  private FreshnessPolicy freshness = FreshnessPolicy.DEFAULT;
  private DeletedTags deletedTags = DeletedTags.SERVE;
  private Prefetch prefetch = Prefetch.OFF;
  private RangeFetch rangeFetch = RangeFetch.WHOLE;
  private Duration negativeTtl = PullThroughCacheBuilder.DEFAULT_NEGATIVE_TTL;
  private int maxTransfers = PullThroughCacheBuilder.DEFAULT_MAX_TRANSFERS;
  private int blobConnections = PullThroughCacheBuilder.DEFAULT_BLOB_CONNECTIONS;
  private AccessRules access = AccessRules.NONE;
  private Share share = Share.WHOLE;

  private UpstreamOptions(List<Function<CacheListener, Upstream>> connects) {
    this.connects = connects;
  }

  private UpstreamOptions changed(Consumer<UpstreamOptions> change) {
    UpstreamOptions copy = new UpstreamOptions(connects);
    copy.freshness = freshness;
    copy.deletedTags = deletedTags;
    copy.prefetch = prefetch;
    copy.rangeFetch = rangeFetch;
    copy.negativeTtl = negativeTtl;
    copy.maxTransfers = maxTransfers;
    copy.blobConnections = blobConnections;
    copy.access = access;
    copy.share = share;
    change.accept(copy);
    return copy;
  }

  private static UpstreamOptions of(Function<CacheListener, Upstream> connect) {
    return new UpstreamOptions(List.of(connect));
  }

  /** The defaults for a registry. */
  public static UpstreamOptions of(UpstreamConfig config) {
    Objects.requireNonNull(config);
    return of(listener -> Upstreams.connect(config, listener));
  }

  /** The defaults for a registry. The cache owns it and closes it. */
  public static UpstreamOptions of(Upstream registry) {
    Objects.requireNonNull(registry);
    return of(listener -> registry);
  }

  /**
   * Adds a registry with the same content, which is asked when those before it fail. It is not
   * asked for what the one before it does not have.
   */
  public UpstreamOptions fallback(UpstreamConfig config) {
    Objects.requireNonNull(config);
    return fallback(listener -> Upstreams.connect(config, listener));
  }

  /** As above, with a registry that the cache owns and closes. */
  public UpstreamOptions fallback(Upstream registry) {
    Objects.requireNonNull(registry);
    return fallback(listener -> registry);
  }

  private UpstreamOptions fallback(Function<CacheListener, Upstream> connect) {
    return changed(
        options ->
            options.connects = Stream.concat(connects.stream(), Stream.of(connect)).toList());
  }

  /** See {@link PullThroughCacheBuilder#freshness}. */
  public UpstreamOptions freshness(FreshnessPolicy policy) {
    Objects.requireNonNull(policy);
    return changed(options -> options.freshness = policy);
  }

  /** See {@link PullThroughCacheBuilder#deletedTags}. */
  public UpstreamOptions deletedTags(DeletedTags policy) {
    Objects.requireNonNull(policy);
    return changed(options -> options.deletedTags = policy);
  }

  /** What to fetch before a client asks for it. {@link Prefetch#OFF} by default. */
  public UpstreamOptions prefetch(Prefetch what) {
    Objects.requireNonNull(what);
    return changed(options -> options.prefetch = what);
  }

  /** See {@link PullThroughCacheBuilder#rangeFetch}. */
  public UpstreamOptions rangeFetch(RangeFetch what) {
    Objects.requireNonNull(what);
    return changed(options -> options.rangeFetch = what);
  }

  /** See {@link PullThroughCacheBuilder#negativeTtl}. */
  public UpstreamOptions negativeTtl(Duration memory) {
    requireNegativeTtl(memory);
    return changed(options -> options.negativeTtl = memory);
  }

  /** See {@link PullThroughCacheBuilder#maxTransfers}. */
  public UpstreamOptions maxTransfers(int transfers) {
    requireMaxTransfers(transfers);
    return changed(options -> options.maxTransfers = transfers);
  }

  /** See {@link PullThroughCacheBuilder#blobConnections}. */
  public UpstreamOptions blobConnections(int connections) {
    requireBlobConnections(connections);
    return changed(options -> options.blobConnections = connections);
  }

  /**
   * Which images clients may pull. The names in the rules are those of the upstream. {@link
   * AccessRules#NONE} by default.
   */
  public UpstreamOptions access(AccessRules rules) {
    Objects.requireNonNull(rules);
    return changed(options -> options.access = rules);
  }

  /**
   * How long unused content of the upstream is cached; zero: forever. By default as long as that of
   * the default upstream. Only for upstreams that are listed with a component, see {@link
   * PullThroughCacheBuilder#upstream(String, UpstreamOptions)}; for others {@link
   * PullThroughCacheBuilder#limits} says it.
   */
  public UpstreamOptions ttl(Duration idle) {
    return share(share.ttl(idle));
  }

  /**
   * The largest size on disk of the upstream's content in bytes, see {@link Share}; unlimited by
   * default. Only for upstreams that are listed with a component.
   */
  public UpstreamOptions maxSize(long bytes) {
    return share(share.maxSize(bytes));
  }

  private UpstreamOptions share(Share changed) {
    return changed(options -> options.share = changed);
  }

  static void requireNegativeTtl(Duration memory) {
    if (memory.isNegative()) {
      throw new IllegalArgumentException("negativeTtl must not be negative: " + memory);
    }
  }

  static void requireMaxTransfers(int transfers) {
    if (transfers < 1 || transfers > 1000) {
      throw new IllegalArgumentException("maxTransfers must be from 1 to 1000: " + transfers);
    }
  }

  static void requireBlobConnections(int connections) {
    if (connections < 1 || connections > 16) {
      throw new IllegalArgumentException("blobConnections must be from 1 to 16: " + connections);
    }
  }

  /** Connects to the registry, and to its fallbacks in order. */
  List<Upstream> connect(CacheListener listener) {
    return connects.stream().map(connect -> connect.apply(listener)).toList();
  }

  FreshnessPolicy freshness() {
    return freshness;
  }

  DeletedTags deletedTags() {
    return deletedTags;
  }

  Prefetch prefetch() {
    return prefetch;
  }

  RangeFetch rangeFetch() {
    return rangeFetch;
  }

  Duration negativeTtl() {
    return negativeTtl;
  }

  int maxTransfers() {
    return maxTransfers;
  }

  int blobConnections() {
    return blobConnections;
  }

  AccessRules access() {
    return access;
  }

  Share share() {
    return share;
  }
}
