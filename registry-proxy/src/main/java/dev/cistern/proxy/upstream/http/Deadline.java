package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okio.AsyncTimeout;

/**
 * Ends a call that takes too long in total, even if bytes keep coming. Runs on Okio's watchdog
 * thread, a daemon that all timeouts of OkHttp share.
 */
final class Deadline extends AsyncTimeout {

  private final Call call;
  private final Duration limit;
  private volatile boolean expired;

  private Deadline(Call call, Duration limit) {
    this.call = call;
    this.limit = limit;
    timeout(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  static Deadline start(Call call, Duration limit) {
    Deadline deadline = new Deadline(call, limit);
    deadline.enter();
    return deadline;
  }

  /** A deadline that never expires. */
  static Deadline none(Call call) {
    return new Deadline(call, Duration.ZERO);
  }

  boolean hasExpired() {
    return expired;
  }

  @Override
  protected void timedOut() {
    expired = true;
    call.cancel();
  }

  /** Stops the deadline. A call that it has ended stays ended. */
  void stop() {
    exit();
  }

  /** The failure to report: a timeout if this deadline caused it. */
  IOException explain(IOException failure) {
    if (!expired || failure instanceof SocketTimeoutException) {
      return failure;
    }
    SocketTimeoutException timeout =
        new SocketTimeoutException("no complete answer within " + limit.toMillis() + " ms");
    timeout.initCause(failure);
    return timeout;
  }
}
