package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import java.time.Instant;
import java.util.Objects;

/**
 * The metadata of stored content.
 *
 * @param digest the digest that the content is stored under; the content may be corrupt
 * @param size in bytes
 * @param modified when the content was stored, or the time that {@link ContentInventory#touch} set
 *     later
 */
public record BlobStat(Digest digest, long size, Instant modified) {

  /** Rejects null. */
  public BlobStat {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(modified, "modified");
  }
}
