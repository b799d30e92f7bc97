package dev.cistern.proxy.internal.fetch;

import java.time.Duration;

/** The writes to a file that are in progress, so that none comes after a time. Thread-safe. */
final class OpenWrites {

  // Guarded by this.
  private int writing;
  private boolean closed;

  /**
   * Begins a write, to be followed by {@link #end}.
   *
   * @return false when there are no writes any more
   */
  synchronized boolean begin() {
    if (!closed) {
      writing++;
    }
    return !closed;
  }

  synchronized void end() {
    writing--;
    notifyAll();
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** No write begins from now on; {@link #await} waits for those that have begun. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /**
   * Waits before the next attempt to get bytes.
   *
   * @return false when there are no writes any more
   */
  synchronized boolean pause(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    try {
      for (long left = until - System.nanoTime();
          left > 0 && !closed;
          left = until - System.nanoTime()) {
        wait(1 + left / 1_000_000);
      }
      return !closed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Waits for the writes that have begun. */
  synchronized void await() {
    boolean interrupted = false;
    while (writing > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
