package dev.cistern.proxy.upstream;

import dev.cistern.api.RegistryException;
import java.io.Closeable;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The transfer of a blob from an upstream. One thread reads and closes; any thread may {@link
 * #cancel}.
 *
 * <p>The count of bytes is checked against the length that the upstream announced. The digest is
 * not verified.
 */
public interface UpstreamBlob extends Closeable {

  /**
   * The length of the whole blob in bytes, wherever this answer starts; empty when the upstream
   * does not announce it.
   */
  OptionalLong totalLength();

  /**
   * The position in the blob of the first byte that {@link #read} returns; 0 unless a range was
   * requested and the upstream answered with it.
   */
  long start();

  /**
   * The upstream's strong entity tag, including quotes, for use in a {@link ResumePoint}; empty if
   * there is none.
   */
  Optional<String> etag();

  /**
   * Whether the upstream has said that it takes requests for a part of this blob, see {@link
   * ResumePoint#upTo}. Without this, the blob is transferred by one request at a time.
   */
  default boolean takesParts() {
    return false;
  }

  /**
   * Reads some bytes, blocking until there is at least one.
   *
   * @return the number of bytes read, or -1 after the blob's last byte; never 0 unless {@code
   *     length} is 0
   * @throws RegistryException when the upstream ends before the announced length ({@code
   *     BAD_GATEWAY}), sends nothing or too little within the stall timeout ({@code
   *     GATEWAY_TIMEOUT}), or the transfer was cancelled ({@code UNAVAILABLE})
   */
  int read(byte[] buffer, int offset, int length) throws RegistryException;

  /**
   * Ends the transfer at once; a blocked {@link #read} fails. May be called by any thread, any
   * number of times.
   */
  void cancel();

  /** Ends the transfer without reading the rest. The connection is reused if little is left. */
  @Override
  void close();
}
