package dev.cistern.proxy.report;

import dev.cistern.api.Digest;
import java.time.Instant;
import java.util.Objects;

/**
 * When a cached blob or manifest was used last.
 *
 * @param size in bytes
 * @param lastUse when a client got it last, or when it was stored
 */
public record ContentUse(Digest digest, long size, Instant lastUse) {

  public ContentUse {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(lastUse, "lastUse");
  }
}
