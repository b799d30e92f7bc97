package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okio.AsyncTimeout;

/**
 * Ends a call that takes too long, however busily its bytes trickle. Runs on Okio's watchdog
 * thread, a daemon that all of OkHttp's timeouts share.
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

  /** One that never expires. */
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

  /** Stops watching. What was ended stays ended. */
  void stop() {
    exit();
  }

  /** The failure as it is to be understood: a timeout when this deadline caused it. */
  IOException explain(IOException failure) {
    if (!expired || failure instanceof SocketTimeoutException) {
      return failure;
    }
    SocketTimeoutException timeout =
        new SocketTimeoutException("not complete within " + limit.toMillis() + " ms");
    timeout.initCause(failure);
    return timeout;
  }
}
