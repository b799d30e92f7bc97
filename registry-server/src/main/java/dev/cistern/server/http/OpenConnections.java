package dev.cistern.server.http;

import dev.cistern.server.config.HttpLimits;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;

/**
 * The connections of clients: at most so many, and none for longer than it makes progress. Undertow
 * itself limits neither their number, nor a TLS handshake, nor a response that the client does not
 * read, nor an HTTP/2 connection without streams. Thread-safe.
 */
final class OpenConnections {

  private static final Logger log = LoggerFactory.getLogger(OpenConnections.class);

  /** How often it is said that connections are refused. */
  private static final long REPORTED = 60_000_000_000L;

  private final HttpLimits limits;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<Object, WatchedConnection> open = new ConcurrentHashMap<>();

  // Guarded by this.
  private long refused;
  private long lastReport;

  /** None yet. */
  OpenConnections(HttpLimits limits, LongSupplier nanoTime) {
    this.limits = limits;
    this.nanoTime = nanoTime;
    lastReport = nanoTime.getAsLong() - REPORTED;
  }

  /**
   * A client has connected.
   *
   * @return whether it may stay; else it is closed
   */
  boolean admit(StreamConnection connection) {
    if (open.size() >= limits.maxConnections()) {
      closeOverdue();
    }
    if (open.size() >= limits.maxConnections() && !closeOldestSilent()) {
      IoUtils.safeClose(connection);
      report();
      return false;
    }
    WatchedConnection watched = new WatchedConnection(connection, nanoTime);
    open.put(watched.peer(), watched);
    return true;
  }

  private synchronized void report() {
    refused++;
    long now = nanoTime.getAsLong();
    if (now - lastReport >= REPORTED) {
      log.warn(
          "Refused {} connections: {} are open, the most that http.maxconnections allows here",
          refused,
          limits.maxConnections());
      refused = 0;
      lastReport = now;
    }
  }

  /** A client that has sent nothing yet makes room for one that may. */
  private boolean closeOldestSilent() {
    Optional<WatchedConnection> oldest =
        open.values().stream()
            .filter(connection -> !connection.isHeard())
            .min(Comparator.comparingLong(WatchedConnection::opened));
    oldest.ifPresent(this::close);
    return oldest.isPresent();
  }

  private void close(WatchedConnection connection) {
    connection.close();
    open.remove(connection.peer(), connection);
  }

  /** Closes the connections that are overdue, and forgets those that have ended. */
  void closeOverdue() {
    long now = nanoTime.getAsLong();
    for (WatchedConnection connection : open.values()) {
      if (!connection.isOpen() || isOverdue(connection, now)) {
        close(connection);
      }
    }
  }

  private boolean isOverdue(WatchedConnection connection, long now) {
    boolean silent =
        !connection.isHeard() && now - connection.opened() > limits.handshakeTimeout().toNanos();
    return silent
        || connection.blockedFor(now) > limits.writeTimeout().toNanos()
        || connection.idleFor(now) > limits.idleTimeout().toNanos();
  }

  /** The connection with that peer, if it is open. */
  Optional<WatchedConnection> of(Object peer) {
    return Optional.ofNullable(open.get(peer));
  }

  int count() {
    return open.size();
  }
}
