package dev.cistern.proxy.internal.pull;

import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.upstream.ManifestHead;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The manifest that a tag names, and how the cache knows.
 *
 * @param cached the status of the answer if the manifest is cached
 * @param asked the request to the upstream; empty when there was none
 */
record ResolvedTag(ManifestHead manifest, CacheStatus cached, Optional<Forward> asked) {

  /** The upstream has answered now. */
  static ResolvedTag by(TagAnswer answer, Forward asked) {
    return new ResolvedTag(
        answer.manifest(),
        answer.origin() == TagAnswer.Origin.FETCHED
            ? new CacheStatus.Miss(asked, Set.of(Trait.STORED))
            : new CacheStatus.Confirmed(asked),
        Optional.of(asked));
  }

  /** The upstream has answered before, and its answer is fresh for this time. */
  static ResolvedTag fresh(ManifestHead manifest, Duration left) {
    return new ResolvedTag(manifest, new CacheStatus.Hit(Optional.of(left)), Optional.empty());
  }
}
