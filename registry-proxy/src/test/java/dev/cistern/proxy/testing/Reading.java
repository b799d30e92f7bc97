package dev.cistern.proxy.testing;

import dev.cistern.proxy.content.BlobContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;

/** Reads blobs as a server does: the available bytes, then a wait for the callback. */
public final class Reading {

  private Reading() {}

  /** The whole blob. */
  public static byte[] all(BlobContent content) throws IOException {
    return from(content, 0, Long.MAX_VALUE);
  }

  /**
   * Bytes from a position.
   *
   * @param limit at most how many; fewer come when the blob ends
   */
  public static byte[] from(BlobContent content, long position, long limit) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(32 * 1024);
    while (bytes.size() < limit && awaitAvailable(content, position + bytes.size()) > 0) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), limit - bytes.size()));
      content.read(buffer, position + bytes.size());
      bytes.write(buffer.array(), 0, buffer.position());
    }
    return bytes.toByteArray();
  }

  /** What {@link BlobContent#available} says as soon as that is not 0. */
  public static long awaitAvailable(BlobContent content, long position) throws IOException {
    for (long available = content.available(position); ; available = content.available(position)) {
      if (available != 0) {
        return available;
      }
      CountDownLatch woken = new CountDownLatch(1);
      if (content.whenAvailable(position, woken::countDown)) {
        Await.latch(woken);
      }
    }
  }
}
