package dev.cistern.proxy.internal.pull;

import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.upstream.ManifestHead;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The manifest that a tag names, and how the cache knows.
 *
 * @param cached the status of the answer if the manifest is cached
 * @param asked the request to the upstream; empty when there was none
 * @param use how it may be used
 */
record ResolvedTag(
    ManifestHead manifest, CacheStatus cached, Optional<Forward> asked, FreshnessPolicy.Use use) {

  /** The upstream has answered now. */
  static ResolvedTag by(TagAnswer answer, Forward asked) {
    Optional<ManifestHead.Stale> stale = answer.manifest().stale();
    if (stale.isPresent()) {
      return new ResolvedTag(
          answer.manifest(),
          new CacheStatus.Stale(asked, stale.get().age(), stale.get().reason()),
          Optional.of(asked),
          FreshnessPolicy.Use.FRESH);
    }
    return new ResolvedTag(
        answer.manifest(),
        answer.origin() == TagAnswer.Origin.FETCHED
            ? new CacheStatus.Miss(asked, Set.of(Trait.STORED))
            : new CacheStatus.Confirmed(asked),
        Optional.of(asked),
        FreshnessPolicy.Use.FRESH);
  }

  /**
   * The upstream has answered before.
   *
   * @param ttl how much longer its answer is fresh
   */
  static ResolvedTag before(ManifestHead manifest, Duration ttl, FreshnessPolicy.Use use) {
    return new ResolvedTag(manifest, new CacheStatus.Hit(Optional.of(ttl)), Optional.empty(), use);
  }

  /** Whether another cache answered, and the upstream has not confirmed it. */
  boolean isStale() {
    return cached instanceof CacheStatus.Stale;
  }

  /** Whether the upstream should be asked again, although requests need not wait for that. */
  boolean isDue() {
    return use == FreshnessPolicy.Use.WHILE_CHECKED;
  }
}
