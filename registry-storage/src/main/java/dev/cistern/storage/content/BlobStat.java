package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import java.time.Instant;
import java.util.Objects;

/**
 * What is known of stored bytes without reading them.
 *
 * @param digest what they are stored as; whether they hash to it is not promised
 * @param size in bytes
 * @param modified when they were stored, or what {@link ContentInventory#touch} has said since
 */
public record BlobStat(Digest digest, long size, Instant modified) {

  public BlobStat {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(modified, "modified");
  }
}
