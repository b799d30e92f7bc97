package dev.cistern.server.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * The requests of HTTP/2 that clients have taken back, on all connections. Undertow keeps what
 * belonged to such a request for a while, as frames for it may still arrive. So their number is
 * limited.
 *
 * <p>A connection may take back some requests in any case: browsers and clients that are stopped do
 * so. Thread-safe; what belongs to a connection is used by its I/O thread.
 */
final class Resets {

  /** For how long they count. */
  static final Duration WINDOW = Duration.ofSeconds(30);

  /** How many a connection may take back while there are many on others. */
  private static final int FEW = 4;

  private final int mostOfConnection;
  private final int most;
  private final LongSupplier nanoTime;
  private final AtomicInteger all = new AtomicInteger();

  /**
   * @param mostOfConnection on one connection
   * @param most on all together
   */
  Resets(int mostOfConnection, int most, LongSupplier nanoTime) {
    this.mostOfConnection = mostOfConnection;
    this.most = most;
    this.nanoTime = nanoTime;
  }

  /** Those of a connection, which has none yet. */
  OfConnection ofConnection() {
    return new OfConnection();
  }

  /** Those of one connection, until it is closed. */
  final class OfConnection implements AutoCloseable {

    private final Queue<Long> times = new ArrayDeque<>();

    /**
     * The client takes back a request.
     *
     * @return whether the connection may stay
     */
    boolean add() {
      long now = nanoTime.getAsLong();
      while (!times.isEmpty() && now - times.element() > WINDOW.toNanos()) {
        times.remove();
        all.decrementAndGet();
      }
      times.add(now);
      boolean many = all.incrementAndGet() > most && times.size() > FEW;
      return times.size() <= mostOfConnection && !many;
    }

    @Override
    public void close() {
      all.addAndGet(-times.size());
      times.clear();
    }
  }
}
