package dev.cistern.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSourceConduit;

/** Notes what arrives, or takes it and drops it. For the I/O thread. */
final class WatchedSource extends AbstractStreamSourceConduit<StreamSourceConduit> {

  /** How much of a body that is not read is taken from a client of HTTP/1.1, in bytes. */
  private static final int UNREAD_BODY = 1 << 20;

  private static final int DROPPED = 8 << 10;

  private final LongConsumer received;

  // How many bytes of a body that is not read are still taken from the client; or else negative.
  private long unreadBody = -1;

  /**
   * @param received is called with how many bytes were read
   */
  WatchedSource(StreamSourceConduit next, LongConsumer received) {
    super(next);
    this.received = received;
  }

  /**
   * From now on takes what arrives, and drops it: the system would drop the answer if the
   * connection were closed with bytes unread.
   */
  void ignoreBody() {
    unreadBody = UNREAD_BODY;
  }

  boolean ignoresBody() {
    return unreadBody >= 0;
  }

  /**
   * After the answer, takes what the client sends of its body. Undertow closes the connection at
   * the end of it, and ten seconds later at the latest.
   */
  private int drop() throws IOException {
    ByteBuffer dropped = ByteBuffer.allocate(DROPPED);
    while (unreadBody > 0) {
      int count = super.read(dropped.clear());
      if (count <= 0) {
        return count;
      }
      unreadBody -= count;
    }
    return -1;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (ignoresBody()) {
      return drop();
    }
    int count = super.read(target);
    if (count > 0) {
      received.accept(count);
    }
    return count;
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    if (ignoresBody()) {
      return drop();
    }
    long count = super.read(targets, offset, length);
    if (count > 0) {
      received.accept(count);
    }
    return count;
  }
}
