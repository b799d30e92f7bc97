package dev.cistern.proxy.policy;

import dev.cistern.api.Digest;
import java.time.Instant;
import java.util.Objects;

/**
 * Content that the limits require to evict, and that is still cached.
 *
 * @param size in bytes
 * @param cost how many bytes of disk eviction frees, which is more than the size
 * @param lastUse when it was used last, as far as storage knows
 * @param reason why it is evicted
 */
public record PlannedEviction(
    Digest digest, long size, long cost, Instant lastUse, EvictionReason reason) {

  public PlannedEviction {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(lastUse, "lastUse");
    Objects.requireNonNull(reason, "reason");
  }
}
