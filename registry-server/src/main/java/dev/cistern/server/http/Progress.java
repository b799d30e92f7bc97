package dev.cistern.server.http;

import java.util.concurrent.atomic.AtomicLong;
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
  private final AtomicLong sent = new AtomicLong();
  private volatile long since;
  private volatile long attempted;
  private volatile long freeSince;

  Progress(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    freeSince = nanoTime.getAsLong();
  }

  /** Something was to be sent, and so many bytes of it were. */
  void moved(long count) {
    // Only one thread adds.
    sent.lazySet(sent.get() + count);
    if (blocked) {
      freeSince = nanoTime.getAsLong();
      blocked = false;
    }
  }

  /** How many bytes were sent. */
  long sent() {
    return sent.get();
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

  /** For how many nanoseconds the client has taken what it is sent; 0 if it does not. */
  long freeFor(long now) {
    return blocked ? 0 : Math.max(0, now - freeSince);
  }
}
