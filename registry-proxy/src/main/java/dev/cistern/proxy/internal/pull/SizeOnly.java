package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.CacheStatus;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A blob of known size for a reader of ranges that it does not have. No byte can be read. Closing
 * it does nothing. Immutable.
 */
final class SizeOnly implements BlobContent {

  private final Digest digest;
  private final long size;
  private final CacheStatus status;

  /**
   * @param size as a manifest declares it
   */
  SizeOnly(Digest digest, long size, CacheStatus status) {
    this.digest = digest;
    this.size = size;
    this.status = status;
  }

  @Override
  public Digest digest() {
    return digest;
  }

  @Override
  public CacheStatus status() {
    return status;
  }

  @Override
  public OptionalLong size() {
    return OptionalLong.of(size);
  }

  @Override
  public long available(long position) {
    return position < size ? 0 : -1;
  }

  /**
   * As specified.
   *
   * @throws IllegalArgumentException for a byte of the blob, which this reader did not ask for
   */
  @Override
  public boolean whenAvailable(long position, Runnable wake) {
    if (position < size) {
      throw new IllegalArgumentException(
          "byte " + position + " of blob " + digest + " is in none of the requested ranges");
    }
    return false;
  }

  @Override
  public int read(ByteBuffer target, long position) {
    return (int) available(position);
  }

  @Override
  public Optional<FileChannel> channel() {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
