package dev.cistern.server.http;

import dev.cistern.server.config.HttpLimits;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.ConnectedChannel;

/**
 * The connections of clients: a limited number, each for as long as its client makes progress.
 *
 * <p>Undertow itself limits neither their number, nor a TLS handshake, nor an answer that the
 * client does not read, nor an HTTP/2 connection without requests. All of them wait for the client.
 * Each wait has a time limit; and when connections or memory run out before that, those that have
 * waited longest are closed first. So clients that take much and do nothing lose to others.
 *
 * <p>Thread-safe.
 */
final class OpenConnections {

  private static final Logger log = LoggerFactory.getLogger(OpenConnections.class);

  /** How often the log says that connections were refused or closed. */
  private static final long REPORTED = Duration.ofMinutes(1).toNanos();

  /** A client that has taken nothing for so long may lose its connection to another one. */
  private static final long PAUSE = Duration.ofSeconds(5).toNanos();

  /** The part of all connections that is closed at once, as to look for them takes time. */
  private static final int BATCH = 64;

  /** How often a new client has the overdue connections closed, as to look at all takes time. */
  private static final long SWEEP = Duration.ofMillis(100).toNanos();

  /** How often memory is freed, so that what was closed can take effect. */
  private static final long RELIEF = Duration.ofMillis(20).toNanos();

  /** Undertow first tells an HTTP/2 client that it may not send more requests. */
  private static final long FAREWELL = Duration.ofSeconds(5).toNanos();

  /** Longer than any wait. */
  private static final long ALWAYS = Long.MAX_VALUE / 2;

  private final HttpLimits limits;
  private final int most;
  private final long mostUnfinished;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<ConnectionEnds, WatchedConnection> open =
      new ConcurrentHashMap<>();
  private final AtomicLong unfinishedRequests = new AtomicLong();
  private final AtomicLong lastRelief;

  // Guarded by this.
  private long refused;
  private long lastReport;
  private long lastSweep;

  /**
   * @param most how many may be open
   * @param mostUnfinished how many bytes of incomplete requests are kept, on all together
   */
  OpenConnections(HttpLimits limits, int most, long mostUnfinished, LongSupplier nanoTime) {
    this.limits = limits;
    this.most = most;
    this.mostUnfinished = mostUnfinished;
    this.nanoTime = nanoTime;
    lastReport = nanoTime.getAsLong() - REPORTED;
    lastSweep = nanoTime.getAsLong() - SWEEP;
    lastRelief = new AtomicLong(nanoTime.getAsLong() - RELIEF);
  }

  /**
   * A client has connected.
   *
   * @return whether the connection may stay; if not, it is closed
   */
  boolean admit(StreamConnection connection) {
    WatchedConnection watched = new WatchedConnection(connection, nanoTime, this::countRequests);
    if (!put(watched)) {
      IoUtils.safeClose(connection);
      report();
      return false;
    }
    return true;
  }

  /** Two connections must not take the last place together. */
  private synchronized boolean put(WatchedConnection watched) {
    if (open.size() >= most && !makeRoom()) {
      return false;
    }
    WatchedConnection before = open.put(watched.ends(), watched);
    if (before != null) {
      before.release();
    }
    return true;
  }

  private synchronized void report() {
    refused++;
    long now = nanoTime.getAsLong();
    if (now - lastReport >= REPORTED) {
      log.warn("Refused {} connections: {} are open and in use, the limit here", refused, most);
      refused = 0;
      lastReport = now;
    }
  }

  private synchronized boolean makeRoom() {
    if (open.size() < most) {
      return true;
    }
    long now = nanoTime.getAsLong();
    if (now - lastSweep >= SWEEP) {
      lastSweep = now;
      closeOverdue();
    }
    if (open.size() >= most) {
      close(largest(Math.max(1, most / BATCH), connection -> precedence(connection, now)));
    }
    return open.size() < most;
  }

  /** Connections with more are closed first, to make room; those with none are kept. */
  private static long precedence(WatchedConnection connection, long now) {
    long waiting = connection.waitingFor(now);
    if (connection.hasLeft() || !connection.isOpen()) {
      return waiting + ALWAYS;
    }
    return connection.phase() == WatchedConnection.Phase.ANSWER && waiting <= PAUSE ? 0 : waiting;
  }

  private record Valued(WatchedConnection connection, long value) {}

  /** So many with the largest values, without those that have none; in one pass. */
  private List<WatchedConnection> largest(int count, ToLongFunction<WatchedConnection> value) {
    Queue<Valued> largest = new PriorityQueue<>(Comparator.comparingLong(Valued::value));
    for (WatchedConnection connection : open.values()) {
      Valued valued = new Valued(connection, value.applyAsLong(connection));
      Valued least = largest.size() < count ? null : largest.peek();
      if (valued.value() > (least == null ? 0 : least.value())) {
        if (least != null) {
          largest.remove();
        }
        largest.add(valued);
      }
    }
    return largest.stream().map(Valued::connection).toList();
  }

  /** Those with the largest value first, without those that have none; the value is taken once. */
  private Stream<WatchedConnection> sorted(ToLongFunction<WatchedConnection> value) {
    return open.values().stream()
        .map(connection -> new Valued(connection, value.applyAsLong(connection)))
        .filter(valued -> valued.value() > 0)
        .sorted(Comparator.comparingLong(Valued::value).reversed())
        .map(Valued::connection);
  }

  /**
   * Buffers are short: closes the connections that hold most of them because of their clients.
   *
   * @param count how many buffers are held beyond what there should be
   */
  void freeBuffers(long count) {
    if (!isTimeForRelief()) {
      return;
    }
    long now = nanoTime.getAsLong();
    long freed = 0;
    for (WatchedConnection connection : sorted(one -> one.buffersHeld(now)).toList()) {
      freed += connection.buffersHeld(now);
      close(connection);
      if (freed >= count) {
        return;
      }
    }
  }

  private void countRequests(long bytes) {
    if (unfinishedRequests.addAndGet(bytes) > mostUnfinished && bytes > 0 && isTimeForRelief()) {
      long now = nanoTime.getAsLong();
      close(
          largest(
              Math.max(1, open.size() / BATCH),
              connection ->
                  connection.phase() == WatchedConnection.Phase.REQUEST
                      ? connection.waitingFor(now)
                      : 0));
    }
  }

  private boolean isTimeForRelief() {
    long now = nanoTime.getAsLong();
    long last = lastRelief.get();
    return now - last >= RELIEF && lastRelief.compareAndSet(last, now);
  }

  private void close(List<WatchedConnection> connections) {
    connections.forEach(this::close);
  }

  private void close(WatchedConnection connection) {
    connection.close();
    open.remove(connection.ends(), connection);
  }

  /** Closes the connections that are overdue, and forgets those that have ended. */
  void closeOverdue() {
    long now = nanoTime.getAsLong();
    for (WatchedConnection connection : open.values()) {
      if (!connection.isOpen()) {
        connection.release();
        open.remove(connection.ends(), connection);
      } else if (isOverdue(connection, now)) {
        close(connection);
      }
    }
  }

  private boolean isOverdue(WatchedConnection connection, long now) {
    long writeTimeout = limits.writeTimeout().toNanos();
    long blocked = connection.blockedFor(now);
    if (blocked > writeTimeout / 2) {
      connection.tryAgain();
    }
    // Where an attempt is not even made, the client is not waited for longer.
    if (connection.stalledFor() > writeTimeout
        || blocked > 2 * writeTimeout + FAREWELL
        || connection.streams().cut(now, writeTimeout)) {
      return true;
    }
    WatchedConnection.Phase phase = connection.phase();
    return phase != WatchedConnection.Phase.ANSWER
        && connection.inPhase(now) > longest(phase, connection.isMultiplexed());
  }

  /**
   * How long a phase may take. Not by a switch, which has a class of its own: whether a recording
   * of the classes of a start has that would depend on the time.
   */
  private long longest(WatchedConnection.Phase phase, boolean multiplexed) {
    if (phase == WatchedConnection.Phase.HANDSHAKE) {
      return limits.handshakeTimeout().toNanos();
    }
    if (phase == WatchedConnection.Phase.REQUEST) {
      return limits.requestTimeout().toNanos();
    }
    return limits.idleTimeout().toNanos() + (multiplexed ? FAREWELL : 0);
  }

  /**
   * Closes the connections that have no request in progress; clients of HTTP/2 are first asked for
   * no further ones. Undertow sends nothing after a GOAWAY, so it must be the end. Call it again
   * and again while the server is stopping.
   *
   * @return whether a client may be sending a request, or may not know yet
   */
  boolean drain() {
    boolean isMore = false;
    for (WatchedConnection connection : open.values()) {
      if (connection.isUnused()) {
        if (connection.goAway()) {
          isMore = true;
        } else {
          connection.closeIfUnused();
        }
      } else {
        WatchedConnection.Phase phase = connection.phase();
        isMore |=
            phase == WatchedConnection.Phase.HANDSHAKE || phase == WatchedConnection.Phase.REQUEST;
      }
    }
    return isMore;
  }

  /** What is known of a connection, if it is open; whatever it looks like to a protocol. */
  Optional<WatchedConnection> of(ConnectedChannel connection) {
    return Optional.ofNullable(open.get(ConnectionEnds.of(connection)));
  }

  /** Those that are open, and those that have just ended. */
  Collection<WatchedConnection> all() {
    return open.values();
  }

  int count() {
    return open.size();
  }
}
