package dev.cistern.proxy;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.policy.Share;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.Upstreams;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * How a cache uses one of its upstreams. Each upstream of a cache has its own connections, threads,
 * queues and memory of failures. Immutable: each method returns changed options.
 */
public final class UpstreamOptions {

  /** Connects to the registry, and to its fallbacks in order. */
  private final List<Function<CacheListener, Upstream>> connects;

  private final FreshnessPolicy freshness;
  private final DeletedTags deletedTags;
  private final Prefetch prefetch;
  private final Duration negativeTtl;
  private final int maxTransfers;
  private final int blobConnections;
  private final AccessRules access;
  private final Share share;

  private UpstreamOptions(
      List<Function<CacheListener, Upstream>> connects,
      FreshnessPolicy freshness,
      DeletedTags deletedTags,
      Prefetch prefetch,
      Duration negativeTtl,
      int maxTransfers,
      int blobConnections,
      AccessRules access,
      Share share) {
    this.connects = List.copyOf(connects);
    this.freshness = freshness;
    this.deletedTags = deletedTags;
    this.prefetch = prefetch;
    this.negativeTtl = negativeTtl;
    this.maxTransfers = maxTransfers;
    this.blobConnections = blobConnections;
    this.access = access;
    this.share = share;
  }

  private static UpstreamOptions of(Function<CacheListener, Upstream> connect) {
    return new UpstreamOptions(
        List.of(connect),
        FreshnessPolicy.DEFAULT,
        DeletedTags.SERVE,
        Prefetch.OFF,
        PullThroughCacheBuilder.DEFAULT_NEGATIVE_TTL,
        PullThroughCacheBuilder.DEFAULT_MAX_TRANSFERS,
        PullThroughCacheBuilder.DEFAULT_BLOB_CONNECTIONS,
        AccessRules.NONE,
        Share.WHOLE);
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
    return new UpstreamOptions(
        Stream.concat(connects.stream(), Stream.of(connect)).toList(),
        freshness,
        deletedTags,
        prefetch,
        negativeTtl,
        maxTransfers,
        blobConnections,
        access,
        share);
  }

  /** See {@link PullThroughCacheBuilder#freshness}. */
  public UpstreamOptions freshness(FreshnessPolicy policy) {
    Objects.requireNonNull(policy);
    return new UpstreamOptions(
        connects,
        policy,
        deletedTags,
        prefetch,
        negativeTtl,
        maxTransfers,
        blobConnections,
        access,
        share);
  }

  /** See {@link PullThroughCacheBuilder#deletedTags}. */
  public UpstreamOptions deletedTags(DeletedTags policy) {
    Objects.requireNonNull(policy);
    return new UpstreamOptions(
        connects,
        freshness,
        policy,
        prefetch,
        negativeTtl,
        maxTransfers,
        blobConnections,
        access,
        share);
  }

  /** What to fetch before a client asks for it. {@link Prefetch#OFF} by default. */
  public UpstreamOptions prefetch(Prefetch what) {
    Objects.requireNonNull(what);
    return new UpstreamOptions(
        connects,
        freshness,
        deletedTags,
        what,
        negativeTtl,
        maxTransfers,
        blobConnections,
        access,
        share);
  }

  /** See {@link PullThroughCacheBuilder#negativeTtl}. */
  public UpstreamOptions negativeTtl(Duration memory) {
    requireNegativeTtl(memory);
    return new UpstreamOptions(
        connects,
        freshness,
        deletedTags,
        prefetch,
        memory,
        maxTransfers,
        blobConnections,
        access,
        share);
  }

  /** See {@link PullThroughCacheBuilder#maxTransfers}. */
  public UpstreamOptions maxTransfers(int transfers) {
    requireMaxTransfers(transfers);
    return new UpstreamOptions(
        connects,
        freshness,
        deletedTags,
        prefetch,
        negativeTtl,
        transfers,
        blobConnections,
        access,
        share);
  }

  /** See {@link PullThroughCacheBuilder#blobConnections}. */
  public UpstreamOptions blobConnections(int connections) {
    requireBlobConnections(connections);
    return new UpstreamOptions(
        connects,
        freshness,
        deletedTags,
        prefetch,
        negativeTtl,
        maxTransfers,
        connections,
        access,
        share);
  }

  /**
   * Which images clients may pull. The names in the rules are those of the upstream. {@link
   * AccessRules#NONE} by default.
   */
  public UpstreamOptions access(AccessRules rules) {
    Objects.requireNonNull(rules);
    return new UpstreamOptions(
        connects,
        freshness,
        deletedTags,
        prefetch,
        negativeTtl,
        maxTransfers,
        blobConnections,
        rules,
        share);
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
    return new UpstreamOptions(
        connects,
        freshness,
        deletedTags,
        prefetch,
        negativeTtl,
        maxTransfers,
        blobConnections,
        access,
        changed);
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
