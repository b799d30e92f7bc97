package dev.cistern.proxy.internal.concurrent;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.util.concurrent.RejectedExecutionException;

/** Why a {@link BoundedPool} rejected a task. */
public final class Rejection extends RejectedExecutionException {

  private final boolean closed;

  private Rejection(String message, boolean closed) {
    super(message);
    this.closed = closed;
  }

  static Rejection closed() {
    return new Rejection("the cache is closed", true);
  }

  /** So many tasks are waiting already. */
  public static Rejection full(int waiting) {
    return new Rejection(waiting + " tasks are waiting already", false);
  }

  /** None: when a queue is full, thousands of tasks may be rejected at once. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }

  /**
   * The failure for the client.
   *
   * @param waitingFor what the tasks of the pool wait for
   */
  public static RegistryException failure(RejectedExecutionException cause, String waitingFor) {
    String message =
        cause instanceof Rejection rejection && rejection.closed
            ? "The cache is closed"
            : "Too many requests are waiting for " + waitingFor + "; try again later";
    return new RegistryException(ErrorCode.UNAVAILABLE, message, cause);
  }
}
