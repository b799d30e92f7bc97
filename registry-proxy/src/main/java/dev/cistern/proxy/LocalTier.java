package dev.cistern.proxy;

import java.nio.file.Path;
import java.util.Objects;

/**
 * The local directory of a cache whose storage is remote, see {@link
 * dev.cistern.storage.StorageTrait#REMOTE}. Clients are served from it; the storage behind it keeps
 * all content, for this cache and others.
 *
 * @param directory created if it does not exist
 * @param maxSize how many bytes to keep in it, including transfers in progress
 */
public record LocalTier(Path directory, long maxSize) {

  /** The default of {@link #maxSize}: 10 GiB. */
  public static final long DEFAULT_MAX_SIZE = 10L << 30;

  /** Rejects a size that is not positive. */
  public LocalTier {
    Objects.requireNonNull(directory, "directory");
    if (maxSize <= 0) {
      throw new IllegalArgumentException("maxSize must be positive: " + maxSize);
    }
  }
}
