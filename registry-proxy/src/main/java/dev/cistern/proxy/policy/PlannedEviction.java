package dev.cistern.proxy.policy;

import dev.cistern.api.Digest;
import java.time.Instant;
import java.util.Objects;

/**
 * One content that has to go by the limits, while it is still there.
 *
 * @param size in bytes
 * @param cost how many bytes going gives back, which is somewhat more
 * @param lastUse when it was used last, as far as storage knows
 * @param reason why it goes
 */
public record PlannedEviction(
    Digest digest, long size, long cost, Instant lastUse, EvictionReason reason) {

  public PlannedEviction {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(lastUse, "lastUse");
    Objects.requireNonNull(reason, "reason");
  }
}
