package dev.cistern.storage;

import java.time.Instant;
import java.util.Objects;

/**
 * What is known of an object without reading it.
 *
 * @param key where it is
 * @param size in bytes
 * @param modified when its bytes were last written, or what {@link SupportsTouch} has said since,
 *     as exactly as the back-end knows
 */
public record ObjectStat(String key, long size, Instant modified) {

  public ObjectStat {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(modified, "modified");
    if (size < 0) {
      throw new IllegalArgumentException("size of " + key + " is negative: " + size);
    }
  }
}
