package dev.cistern.proxy.upstream;

import dev.cistern.api.RegistryException;
import java.io.Closeable;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A blob on its way from an upstream. One thread reads and closes; any thread may {@link #cancel}.
 *
 * <p>The bytes are what the upstream sends: they are counted against its declared length, not
 * verified against a digest.
 */
public interface UpstreamBlob extends Closeable {

  /**
   * Length of the whole blob in bytes, wherever this answer starts; empty when the upstream does
   * not say.
   */
  OptionalLong totalLength();

  /**
   * Position in the blob, in bytes, of the first byte that {@link #read} gives. 0 unless a range
   * was asked and given.
   */
  long start();

  /**
   * The upstream's strong entity tag, quotes included, fit for a {@link ResumePoint}; empty without
   * one.
   */
  Optional<String> etag();

  /**
   * Reads some bytes, blocking until there is at least one.
   *
   * @return the number of bytes read, or -1 after the blob's last byte; never 0 unless {@code
   *     length} is 0
   * @throws RegistryException when the upstream breaks off before the declared length ({@code
   *     BAD_GATEWAY}), sends nothing or next to nothing for the stall timeout ({@code
   *     GATEWAY_TIMEOUT}), or the transfer was cancelled ({@code UNAVAILABLE})
   */
  int read(byte[] buffer, int offset, int length) throws RegistryException;

  /**
   * Ends the transfer at once; a blocked {@link #read} fails. Callable from any thread, any number
   * of times.
   */
  void cancel();

  /**
   * Ends the transfer where it stands, without reading the rest, and gives the connection back
   * where that is cheap.
   */
  @Override
  void close();
}
