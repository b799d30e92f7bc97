package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.storage.FailureText;
import dev.cistern.storage.content.StoredBlob;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A blob in storage. All its bytes are available at once. */
final class StoredContent implements BlobContent {

  private static final Logger log = LoggerFactory.getLogger(StoredContent.class);

  private final StoredBlob blob;
  private final CacheStatus status;

  StoredContent(StoredBlob blob, CacheStatus status) {
    this.blob = blob;
    this.status = status;
  }

  @Override
  public CacheStatus status() {
    return status;
  }

  @Override
  public Digest digest() {
    return blob.digest();
  }

  @Override
  public OptionalLong size() {
    return OptionalLong.of(blob.size());
  }

  @Override
  public long available(long position) {
    long count = blob.size() - position;
    return count > 0 ? count : -1;
  }

  @Override
  public boolean whenAvailable(long position, Runnable wake) {
    return false;
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    int count = blob.read(target, position);
    if (count < 0 && position < blob.size()) {
      // The file was truncated after it was opened. That must not look like the end of the blob.
      throw new EOFException(
          "the stored blob " + blob.digest() + " was truncated before byte " + position);
    }
    return count;
  }

  @Override
  public Optional<FileChannel> channel() {
    return blob.channel();
  }

  @Override
  public void close() {
    try {
      blob.close();
    } catch (IOException e) {
      log.warn("Could not close blob {}: {}", blob.digest(), FailureText.of(e));
    }
  }
}
