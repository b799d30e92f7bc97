package dev.cistern.proxy.fetch;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/** One reader of a blob that is being fetched. Holds the spool file open until closed. */
final class FollowedBlob implements BlobContent {

  private final BlobFetch fetch;
  private final SpoolFile file;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Takes over one hold on {@code file}. */
  FollowedBlob(BlobFetch fetch, SpoolFile file) {
    this.fetch = fetch;
    this.file = file;
  }

  @Override
  public Digest digest() {
    return fetch.digest();
  }

  @Override
  public OptionalLong size() {
    return fetch.size();
  }

  @Override
  public long available(long position) throws IOException {
    return fetch.progress().available(position);
  }

  @Override
  public boolean whenAvailable(long position, Runnable wake) {
    return fetch.progress().whenAvailable(position, wake);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    long available = available(position);
    if (available <= 0) {
      return (int) available;
    }
    int limit = target.limit();
    target.limit((int) Math.min(limit, target.position() + available));
    try {
      return file.channel().read(target, position);
    } finally {
      target.limit(limit);
    }
  }

  @Override
  public Optional<FileChannel> channel() {
    return Optional.of(file.channel());
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      file.release();
    }
  }
}
