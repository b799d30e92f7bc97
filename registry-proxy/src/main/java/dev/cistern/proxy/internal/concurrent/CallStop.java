package dev.cistern.proxy.internal.concurrent;

import org.jspecify.annotations.Nullable;

/**
 * Ends the call of an upstream that a thread waits for, before there is an answer that could be
 * cancelled. Work that is done in {@link UpstreamWork#stoppable} makes its calls with one.
 * Thread-safe.
 */
public final class CallStop {

  /** For work whose calls are not stopped. */
  static final CallStop NEVER = new CallStop();

  // Guarded by this.
  private @Nullable Runnable cancel;
  private boolean stopped;

  /**
   * The thread waits for a call from now on, until {@link #answered}.
   *
   * @param cancel ends the call; may be called by any thread, and returns at once. Called now if
   *     the work was stopped already
   */
  public void waiting(Runnable cancel) {
    if (this == NEVER) {
      return;
    }
    boolean now;
    synchronized (this) {
      this.cancel = cancel;
      now = stopped;
    }
    if (now) {
      cancel.run();
    }
  }

  /** The call has an answer, or has failed. */
  public synchronized void answered() {
    cancel = null;
  }

  /** Ends the call that is waited for, and those that begin later. */
  public void stop() {
    Runnable waiting;
    synchronized (this) {
      stopped = true;
      waiting = cancel;
    }
    if (waiting != null) {
      waiting.run();
    }
  }
}
