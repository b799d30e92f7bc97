package dev.cistern.server.http;

import java.util.function.LongSupplier;

/**
 * Since when a client has taken nothing of what it is sent. Waiting for more to send is not that.
 *
 * <p>That a socket is not writable does not show it: Linux wakes a writer only when a third of the
 * send buffer is free, and a buffer of 4 MiB may need minutes for that. Only an attempt to write
 * does.
 */
final class Progress {

  private final LongSupplier nanoTime;
  private volatile boolean blocked;
  private long sent;
  private volatile long since;
  private volatile long attempted;

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
    long now = nanoTime.getAsLong();
    if (!blocked) {
      since = now;
      attempted = now;
      blocked = true;
    } else {
      attempted = now;
    }
  }

  /**
   * How much time, in nanoseconds, lies between the first and the last attempt that sent nothing,
   * with none between them that did.
   */
  long stalledFor() {
    return blocked ? Math.max(0, attempted - since) : 0;
  }

  /** In nanoseconds; 0 if the client takes what it is sent. */
  long blockedFor(long now) {
    return blocked ? Math.max(1, now - since) : 0;
  }
}
