package dev.cistern.proxy.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;

/**
 * A blob as a stream, for readers that may block: {@link #read} waits for bytes that are not
 * received yet. The end of the stream is the end of a verified blob; a failure before it throws.
 * Owns the content, and closes it.
 *
 * <p>For one thread, except that any thread may close it. Closing does not end a waiting read. An
 * interrupt does, with an {@link InterruptedIOException}; reading may continue afterwards.
 */
public final class BlobInputStream extends InputStream {

  private final BlobContent content;
  private long position;
  private volatile boolean closed;

  /** Starts at the first byte. */
  public BlobInputStream(BlobContent content) {
    this.content = Objects.requireNonNull(content);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    requireOpen();
    if (length == 0) {
      return 0;
    }
    ByteBuffer target = ByteBuffer.wrap(bytes, offset, length);
    int count = content.read(target, position);
    while (count == 0) {
      awaitBytes();
      requireOpen();
      count = content.read(target, position);
    }
    position += Math.max(0, count);
    return count;
  }

  private void awaitBytes() throws InterruptedIOException {
    CountDownLatch arrived = new CountDownLatch(1);
    if (!content.whenAvailable(position, arrived::countDown)) {
      return;
    }
    try {
      arrived.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(
          "interrupted while waiting for byte " + position + " of blob " + content.digest());
    }
  }

  /** How many bytes can be read without waiting for the upstream. */
  @Override
  public int available() throws IOException {
    requireOpen();
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, content.available(position)));
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the stream of blob " + content.digest() + " is closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    content.close();
  }
}
