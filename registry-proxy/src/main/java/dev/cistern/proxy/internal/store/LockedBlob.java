package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.storage.content.StoredBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A blob with a shared lock: it is not deleted while it is open. */
final class LockedBlob implements StoredBlob {

  private final StoredBlob blob;
  private final ContentLocks locks;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Owns one shared lock of the blob. */
  LockedBlob(StoredBlob blob, ContentLocks locks) {
    this.blob = blob;
    this.locks = locks;
  }

  @Override
  public Digest digest() {
    return blob.digest();
  }

  @Override
  public long size() {
    return blob.size();
  }

  @Override
  public Optional<FileChannel> channel() {
    return blob.channel();
  }

  @Override
  public int read(ByteBuffer dst, long position) throws IOException {
    return blob.read(dst, position);
  }

  @Override
  public void close() throws IOException {
    try {
      blob.close();
    } finally {
      if (closed.compareAndSet(false, true)) {
        locks.unlockShared(blob.digest());
      }
    }
  }
}
