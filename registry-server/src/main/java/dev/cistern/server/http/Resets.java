package dev.cistern.server.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The requests of HTTP/2 that clients have taken back, on all connections. Undertow keeps what
 * belonged to such a request for a while, as frames for it may still arrive. So their number is
 * limited.
 *
 * <p>A connection may take back some requests in any case: browsers and clients that are stopped do
 * so. Thread-safe.
 */
final class Resets {

  /** For how long they count. */
  static final Duration WINDOW = Duration.ofSeconds(30);

  /** How many a connection may take back while there are many on others. */
  private static final int FEW = 4;

  /** How often all connections are looked at, to count only those of the window. */
  private static final long LOOK = Duration.ofSeconds(1).toNanos();

  private final int mostOfConnection;
  private final int most;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private final Set<OfConnection> connections = new HashSet<>();
  private int all;
  private long lastLook;

  /**
   * @param mostOfConnection on one connection
   * @param most on all together
   */
  Resets(int mostOfConnection, int most, LongSupplier nanoTime) {
    this.mostOfConnection = mostOfConnection;
    this.most = most;
    this.nanoTime = nanoTime;
    lastLook = nanoTime.getAsLong() - LOOK;
  }

  /** Those of a connection, which has none yet. */
  OfConnection ofConnection() {
    return new OfConnection();
  }

  /** Those of connections that take back no more requests are forgotten here. */
  private boolean areTooMany(long now) {
    if (all > most && now - lastLook >= LOOK) {
      lastLook = now;
      connections.forEach(connection -> connection.forgetOld(now));
      connections.removeIf(connection -> connection.times.isEmpty());
    }
    return all > most;
  }

  /** Those of one connection, until it is closed. */
  final class OfConnection implements AutoCloseable {

    // Guarded by the outer object.
    private final Queue<Long> times = new ArrayDeque<>();
    private boolean closed;

    /**
     * The client takes back a request.
     *
     * @return whether the connection may stay
     */
    boolean add() {
      synchronized (Resets.this) {
        if (closed) {
          return false;
        }
        long now = nanoTime.getAsLong();
        forgetOld(now);
        times.add(now);
        all++;
        connections.add(this);
        boolean many = areTooMany(now) && times.size() > FEW;
        return times.size() <= mostOfConnection && !many;
      }
    }

    private void forgetOld(long now) {
      while (!times.isEmpty() && now - times.element() > WINDOW.toNanos()) {
        times.remove();
        all--;
      }
    }

    @Override
    public void close() {
      synchronized (Resets.this) {
        closed = true;
        all -= times.size();
        times.clear();
        connections.remove(this);
      }
    }
  }
}
