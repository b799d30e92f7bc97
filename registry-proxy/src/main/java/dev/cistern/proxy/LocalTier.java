package dev.cistern.proxy;

import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDrivers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * The local directory of a cache whose storage is remote, see {@link
 * dev.cistern.storage.StorageTrait#REMOTE}. Clients are served from it; the storage behind it keeps
 * all content, for this cache and others.
 *
 * @param directory created if it does not exist
 * @param maxSize how many bytes to keep in it, including transfers in progress
 * @param redirectFrom the size of a blob in bytes from which clients are to get it from the storage
 *     themselves, if it has it and can give out URLs, see {@link PullThroughCache#blobUrl}; empty:
 *     the cache sends all content
 */
public record LocalTier(Path directory, long maxSize, OptionalLong redirectFrom) {

  /** The default of {@link #maxSize}: 10 GiB. */
  public static final long DEFAULT_MAX_SIZE = 10L << 30;

  /** The driver of the directory. */
  private static final String FILES = "filesystem";

  /** Rejects a size that is not positive. */
  public LocalTier {
    Objects.requireNonNull(directory, "directory");
    Objects.requireNonNull(redirectFrom, "redirectFrom");
    if (maxSize <= 0) {
      throw new IllegalArgumentException("maxSize must be positive: " + maxSize);
    }
    if (redirectFrom.orElse(0) < 0) {
      throw new IllegalArgumentException(
          "redirectFrom must not be negative: " + redirectFrom.getAsLong());
    }
  }

  /**
   * Opens the directory as the cache does, for example to check whether it is writable.
   *
   * @throws IOException if it cannot be created or is not writable; the message is for the operator
   */
  public StorageDriver open() throws IOException {
    return StorageDrivers.create(
        FILES,
        DriverParameters.of(FILES, Map.of("rootdirectory", directory.toString()))
            .in("proxy.local"));
  }

  /** A directory from which the cache sends all content. */
  public LocalTier(Path directory, long maxSize) {
    this(directory, maxSize, OptionalLong.empty());
  }
}
