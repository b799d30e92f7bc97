package dev.cistern.server.http;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * How many bytes of the request have arrived that a connection of HTTP/1.1 receives. They are in
 * memory until the request is complete. Written by the connection's I/O thread; only {@link
 * #release} is for any thread.
 */
final class UnfinishedRequest {

  /** A request with fewer bytes than this is not counted: it takes less than its connection. */
  private static final int SMALL = 1 << 10;

  private final LongConsumer total;
  private final AtomicLong counted = new AtomicLong();
  private volatile boolean released;
  private long arrived;

  /**
   * @param total is called with how many bytes more or (negative) less are kept than before
   */
  UnfinishedRequest(LongConsumer total) {
    this.total = total;
  }

  void receive(long count) {
    arrived += count;
    if (arrived > SMALL) {
      counted.addAndGet(count);
      total.accept(count);
      if (released) {
        // Another thread ends the connection, and has perhaps not seen what was just counted.
        forget();
      }
    }
  }

  /** The request is complete, or what has arrived was none. */
  void end() {
    arrived = 0;
    if (counted.get() > 0) {
      forget();
    }
  }

  /** Counts nothing from now on, because the connection ends. */
  void release() {
    released = true;
    forget();
  }

  private void forget() {
    total.accept(-counted.getAndSet(0));
  }
}
