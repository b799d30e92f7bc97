package dev.cistern.proxy;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.Upstreams;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/**
 * How a cache uses one of its upstreams. Each upstream of a cache has its own connections, threads,
 * queues and memory of failures. Immutable: each method returns changed options.
 */
public final class UpstreamOptions {

  private final Function<CacheListener, Upstream> connect;
  private final FreshnessPolicy freshness;
  private final DeletedTags deletedTags;
  private final Duration negativeTtl;
  private final int maxTransfers;
  private final AccessRules access;

  private UpstreamOptions(
      Function<CacheListener, Upstream> connect,
      FreshnessPolicy freshness,
      DeletedTags deletedTags,
      Duration negativeTtl,
      int maxTransfers,
      AccessRules access) {
    this.connect = connect;
    this.freshness = freshness;
    this.deletedTags = deletedTags;
    this.negativeTtl = negativeTtl;
    this.maxTransfers = maxTransfers;
    this.access = access;
  }

  private static UpstreamOptions of(Function<CacheListener, Upstream> connect) {
    return new UpstreamOptions(
        connect,
        FreshnessPolicy.DEFAULT,
        DeletedTags.SERVE,
        PullThroughCacheBuilder.DEFAULT_NEGATIVE_TTL,
        PullThroughCacheBuilder.DEFAULT_MAX_TRANSFERS,
        AccessRules.NONE);
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

  /** See {@link PullThroughCacheBuilder#freshness}. */
  public UpstreamOptions freshness(FreshnessPolicy policy) {
    Objects.requireNonNull(policy);
    return new UpstreamOptions(connect, policy, deletedTags, negativeTtl, maxTransfers, access);
  }

  /** See {@link PullThroughCacheBuilder#deletedTags}. */
  public UpstreamOptions deletedTags(DeletedTags policy) {
    Objects.requireNonNull(policy);
    return new UpstreamOptions(connect, freshness, policy, negativeTtl, maxTransfers, access);
  }

  /** See {@link PullThroughCacheBuilder#negativeTtl}. */
  public UpstreamOptions negativeTtl(Duration memory) {
    requireNegativeTtl(memory);
    return new UpstreamOptions(connect, freshness, deletedTags, memory, maxTransfers, access);
  }

  /** See {@link PullThroughCacheBuilder#maxTransfers}. */
  public UpstreamOptions maxTransfers(int transfers) {
    requireMaxTransfers(transfers);
    return new UpstreamOptions(connect, freshness, deletedTags, negativeTtl, transfers, access);
  }

  /**
   * Which images clients may pull. The names in the rules are those of the upstream. {@link
   * AccessRules#NONE} by default.
   */
  public UpstreamOptions access(AccessRules rules) {
    Objects.requireNonNull(rules);
    return new UpstreamOptions(connect, freshness, deletedTags, negativeTtl, maxTransfers, rules);
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

  Upstream connect(CacheListener listener) {
    return connect.apply(listener);
  }

  FreshnessPolicy freshness() {
    return freshness;
  }

  DeletedTags deletedTags() {
    return deletedTags;
  }

  Duration negativeTtl() {
    return negativeTtl;
  }

  int maxTransfers() {
    return maxTransfers;
  }

  AccessRules access() {
    return access;
  }
}
