package dev.cistern.server.http;

import java.util.function.LongSupplier;

/**
 * Since when a client has taken nothing of what it is sent. Waiting for more to send is not that.
 */
final class Progress {

  private final LongSupplier nanoTime;
  private volatile boolean blocked;
  private long sent;
  private volatile long since;

  Progress(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Something was to be sent, and so many bytes of it were. */
  void moved(long count) {
    sent += count;
    if (blocked) {
      blocked = false;
    }
  }

  /** How many bytes were sent; for the thread that sends. */
  long sent() {
    return sent;
  }

  /** Something was to be sent, and nothing of it was. */
  void stuck() {
    if (!blocked) {
      since = nanoTime.getAsLong();
      blocked = true;
    }
  }

  /** In nanoseconds; 0 if the client takes what it is sent. */
  long blockedFor(long now) {
    return blocked ? Math.max(1, now - since) : 0;
  }
}
