package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okio.AsyncTimeout;
import org.jspecify.annotations.Nullable;

/**
 * Ends a call whose body brings nothing for too long to somebody who waits for it. Those who read
 * slowly do not blame the upstream.
 *
 * <p>A timeout of each read would do as well, but Okio reads 8 KiB at a time, and sets and clears a
 * timer for each: that took a third of the time of a fast transfer. This has one timer, which looks
 * how long the read under way has waited, and comes again when that could be too long. One thread
 * reads; any may lift.
 */
final class StallWatch {

  private final Call call;
  private final Duration limit;

  // Written in this order when a read begins, and read in the other one.
  private volatile long since;
  private volatile boolean waiting;

  private volatile boolean expired;

  // Guarded by this.
  private @Nullable Look next;
  private boolean stopped;

  /** One look, on Okio's watchdog thread. */
  private final class Look extends AsyncTimeout {

    Look(long nanos) {
      timeout(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    protected void timedOut() {
      look();
    }
  }

  private StallWatch(Call call, Duration limit) {
    this.call = call;
    this.limit = limit;
  }

  /**
   * Starts to watch.
   *
   * @param limit how long a read may wait for its first byte
   */
  static StallWatch start(Call call, Duration limit) {
    StallWatch watch = new StallWatch(call, limit);
    watch.lookAfter(limit.toNanos());
    return watch;
  }

  private synchronized void lookAfter(long nanos) {
    if (!stopped) {
      next = new Look(nanos);
      next.enter();
    }
  }

  private void look() {
    long waited = waiting ? System.nanoTime() - since : 0;
    long left = limit.toNanos() - waited;
    if (left > 0) {
      lookAfter(left);
    } else {
      expired = true;
      call.cancel();
    }
  }

  /** A read begins to wait. */
  void begin() {
    since = System.nanoTime();
    waiting = true;
  }

  /** The read is over. */
  void end() {
    waiting = false;
  }

  /** The failure as it is to be understood: a timeout when this watch caused it. */
  IOException explain(IOException failure) {
    if (!expired || failure instanceof SocketTimeoutException) {
      return failure;
    }
    SocketTimeoutException timeout =
        new SocketTimeoutException("nothing came for " + limit.toMillis() + " ms");
    timeout.initCause(failure);
    return timeout;
  }

  /** Stops watching. What was ended stays ended. */
  synchronized void stop() {
    stopped = true;
    if (next != null) {
      next.exit();
    }
  }
}
