package dev.cistern.storage;

import java.time.Instant;
import java.util.Objects;

/**
 * The metadata of an object.
 *
 * @param key its key
 * @param size in bytes
 * @param modified when its bytes were last written, or the time that {@link SupportsTouch} set
 *     later, with the precision of the back-end
 */
public record ObjectStat(String key, long size, Instant modified) {

  /** Rejects a negative size. */
  public ObjectStat {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(modified, "modified");
    if (size < 0) {
      throw new IllegalArgumentException(
          "invalid size of " + key + ": " + size + " bytes, but it must not be negative");
    }
  }
}
