package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okio.AsyncTimeout;
import org.jspecify.annotations.Nullable;

/**
 * Ends a call when a read of its body waits for too long. Only the time of reads counts, so a slow
 * reader does not cause a timeout.
 *
 * <p>A timeout for each read has the same effect, but Okio reads 8 KiB at a time and sets a timer
 * for each read: that took a third of the time of a fast transfer. This class has one timer. It
 * checks how long the read in progress has waited, and sets itself again for the time that is left.
 * One thread reads; any thread may stop the watch.
 */
final class StallWatch {

  private final Call call;
  private final Duration limit;

  // Written in this order when a read begins, and read in the reverse order.
  private volatile long since;
  private volatile boolean waiting;

  private volatile boolean expired;

  // Guarded by this.
  private @Nullable Check next;
  private boolean stopped;

  /** One check, on Okio's watchdog thread. */
  private final class Check extends AsyncTimeout {

    Check(long nanos) {
      timeout(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    protected void timedOut() {
      check();
    }
  }

  private StallWatch(Call call, Duration limit) {
    this.call = call;
    this.limit = limit;
  }

  /**
   * Starts the watch.
   *
   * @param limit how long a read may wait for its first byte
   */
  static StallWatch start(Call call, Duration limit) {
    StallWatch watch = new StallWatch(call, limit);
    watch.checkAfter(limit.toNanos());
    return watch;
  }

  private synchronized void checkAfter(long nanos) {
    if (!stopped) {
      next = new Check(nanos);
      next.enter();
    }
  }

  private void check() {
    long waited = waiting ? System.nanoTime() - since : 0;
    long left = limit.toNanos() - waited;
    if (left > 0) {
      checkAfter(left);
    } else {
      expired = true;
      call.cancel();
    }
  }

  /** A read begins. */
  void begin() {
    since = System.nanoTime();
    waiting = true;
  }

  /** The read has ended. */
  void end() {
    waiting = false;
  }

  /** The failure to report: a timeout if this watch caused it. */
  IOException explain(IOException failure) {
    if (!expired || failure instanceof SocketTimeoutException) {
      return failure;
    }
    SocketTimeoutException timeout =
        new SocketTimeoutException("no byte received for " + limit.toMillis() + " ms");
    timeout.initCause(failure);
    return timeout;
  }

  /** Stops the watch. A call that it has ended stays ended. */
  synchronized void stop() {
    stopped = true;
    if (next != null) {
      next.exit();
    }
  }
}
