package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.CacheStatus;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalLong;

/** A blob in memory. Immutable, so that all readers share it; closing it does nothing. */
final class MemoryBlob implements BlobContent {

  private final Digest digest;
  private final ByteBuffer bytes;
  private final CacheStatus status;

  /**
   * @param bytes must not be changed afterwards
   */
  MemoryBlob(Digest digest, byte[] bytes) {
    this(digest, ByteBuffer.wrap(bytes).asReadOnlyBuffer(), CacheStatus.Hit.BY_DIGEST);
  }

  private MemoryBlob(Digest digest, ByteBuffer bytes, CacheStatus status) {
    this.digest = digest;
    this.bytes = bytes;
    this.status = status;
  }

  /** The same bytes for an answer with another status. */
  MemoryBlob with(CacheStatus other) {
    return other.equals(status) ? this : new MemoryBlob(digest, bytes, other);
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
    return OptionalLong.of(bytes.capacity());
  }

  @Override
  public long available(long position) {
    long count = bytes.capacity() - position;
    return count > 0 ? count : -1;
  }

  @Override
  public boolean whenAvailable(long position, Runnable wake) {
    return false;
  }

  @Override
  public int read(ByteBuffer target, long position) {
    if (position >= bytes.capacity()) {
      return -1;
    }
    int count = (int) Math.min(target.remaining(), bytes.capacity() - position);
    target.put(bytes.slice((int) position, count));
    return count;
  }

  @Override
  public Optional<FileChannel> channel() {
    return Optional.empty();
  }

  @Override
  public Optional<ByteBuffer> memory() {
    return Optional.of(bytes.duplicate());
  }

  @Override
  public void close() {}
}
