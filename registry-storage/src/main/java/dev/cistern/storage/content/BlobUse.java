package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * A use of content that a cache has stored, see {@link ContentInventory#renew}.
 *
 * @param time when it was stored, by the clock of the back-end
 * @param ttl for how long the cache that used the content keeps it; zero: forever
 */
public record BlobUse(Digest digest, Instant time, Duration ttl) {

  /** Rejects null. */
  public BlobUse {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(ttl, "ttl");
  }
}
