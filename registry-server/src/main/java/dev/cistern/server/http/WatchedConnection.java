package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.ServerConnection;
import io.undertow.util.AttachmentKey;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;

/**
 * A connection that knows what it waits for, and since when.
 *
 * <p>It looks at what passes between the connection and Undertow, above TLS. Bytes of a file still
 * go from the file to the socket. Its state is written by the connection's I/O thread, and read by
 * the thread that looks for connections to close.
 */
final class WatchedConnection {

  /** Of a connection of HTTP/1.1, as Undertow knows it, from its first request on. */
  private static final AttachmentKey<WatchedConnection> KEY =
      AttachmentKey.create(WatchedConnection.class);

  /** How many requests that came at once are answered in one turn. */
  private static final int PIPELINED = 32;

  /** What the connection waits for. */
  enum Phase {
    /** The first byte; over TLS the end of the handshake and then the first byte. */
    HANDSHAKE,
    /** The rest of a request. */
    REQUEST,
    /** The answer to a request. */
    ANSWER,
    /** The next request. */
    IDLE
  }

  private final StreamConnection connection;
  private final ConnectionEnds ends;
  private final LongSupplier nanoTime;
  private final UnfinishedRequest unfinished;
  private final Progress progress;
  private final WatchedSource source;

  private volatile Phase phase = Phase.HANDSHAKE;
  private volatile long since;

  // Since when the client sends nothing more, while its request waits for the upstream.
  private volatile boolean left;
  private volatile long leftSince;

  // Of HTTP/2.
  private volatile boolean multiplexed;
  private final WatchedStreams streams;
  private final AtomicReference<@Nullable Runnable> goAway = new AtomicReference<>();
  private final FrameAllowance frames = new FrameAllowance();

  // How many requests have begun since something was read last; written by the I/O thread.
  private int pipelined;

  /**
   * Watches a connection that has just been accepted, and that nothing was read from yet.
   *
   * @param unfinishedRequests is called with how many bytes of requests that are not complete are
   *     kept now, more or (negative) less than before
   */
  WatchedConnection(
      StreamConnection connection, LongSupplier nanoTime, LongConsumer unfinishedRequests) {
    this.connection = connection;
    ends = ConnectionEnds.of(connection);
    this.nanoTime = nanoTime;
    unfinished = new UnfinishedRequest(unfinishedRequests);
    progress = new Progress(nanoTime);
    since = nanoTime.getAsLong();
    streams = new WatchedStreams(progress, nanoTime);
    source = new WatchedSource(connection.getSourceChannel().getConduit(), this::received);
    connection.getSourceChannel().setConduit(source);
    connection
        .getSinkChannel()
        .setConduit(new WatchedSink(connection.getSinkChannel().getConduit(), progress));
  }

  /** What is known of the connection of an exchange of HTTP/1.1; null if it is not watched. */
  static @Nullable WatchedConnection of(HttpServerExchange exchange) {
    return exchange.getConnection().getAttachment(KEY);
  }

  /** Lets {@link #of} find this. */
  void attachTo(ServerConnection connection) {
    connection.putAttachment(KEY, this);
  }

  boolean isOpen() {
    return connection.isOpen();
  }

  /** Closes the connection; on any thread. */
  void close() {
    release();
    // Over TLS and HTTP/2 only the connection's own thread may do it.
    connection.getIoThread().execute(() -> IoUtils.safeClose(connection));
  }

  /** Whether the connection waits for a request, and none of it has arrived. */
  boolean isUnused() {
    return phase == Phase.IDLE && !streams.isAnyInProgress();
  }

  /** Closes the connection unless a request has arrived; on any thread. */
  void closeIfUnused() {
    connection
        .getIoThread()
        .execute(
            () -> {
              if (isUnused()) {
                release();
                IoUtils.safeClose(connection);
              }
            });
  }

  /**
   * Says how the client of HTTP/2 is asked for no further requests.
   *
   * @param goAway called on the I/O thread
   */
  void goAwayBy(Runnable goAway) {
    this.goAway.set(goAway);
  }

  /**
   * Asks the client of HTTP/2 for no further requests; on any thread.
   *
   * @return false if it was asked before, or uses HTTP/1.1
   */
  boolean goAway() {
    Runnable once = goAway.getAndSet(null);
    if (once != null) {
      connection.getIoThread().execute(once);
    }
    return once != null;
  }

  /** Forgets what was counted for a connection that has ended. */
  void release() {
    unfinished.release();
  }

  ConnectionEnds ends() {
    return ends;
  }

  Phase phase() {
    return phase;
  }

  /** For how many nanoseconds the connection has been in its phase. */
  long inPhase(long now) {
    return Math.max(0, now - since);
  }

  /** For how many nanoseconds the client has taken nothing of what it is sent; 0 if it takes it. */
  long blockedFor(long now) {
    return progress.blockedFor(now);
  }

  /** Like {@link #blockedFor}, up to the last attempt to send something. */
  long stalledFor() {
    return progress.stalledFor();
  }

  /** Tries again to send what the client has not taken; on any thread. */
  void tryAgain() {
    connection
        .getIoThread()
        .execute(
            () -> {
              if (progress.blockedFor(nanoTime.getAsLong()) > 0) {
                connection.getSinkChannel().wakeupWrites();
              }
            });
  }

  /** For how many nanoseconds the connection has waited for its client; 0 if it does not. */
  long waitingFor(long now) {
    long blocked = Math.max(blockedFor(now), streams.waitingFor(now));
    if (left) {
      return Math.max(1, Math.max(blocked, now - leftSince));
    }
    return phase == Phase.ANSWER ? blocked : Math.max(blocked, inPhase(now));
  }

  /** How many buffers the connection holds, roughly, because of its client. */
  int buffersHeld(long now) {
    return streams.buffersHeld(now) + (phase == Phase.REQUEST || blockedFor(now) > 0 ? 1 : 0);
  }

  /** Whether the connection is to be kept for other requests, as HTTP/2 has them. */
  boolean isMultiplexed() {
    return multiplexed;
  }

  /** The client has chosen HTTP/2. */
  void multiplex() {
    multiplexed = true;
    if (phase == Phase.REQUEST) {
      firstBytes();
    }
  }

  /** What arrives of HTTP/2 is a request only when it is complete. */
  private void firstBytes() {
    unfinished.end();
    enter(Phase.IDLE);
  }

  private void enter(Phase next) {
    since = nanoTime.getAsLong();
    phase = next;
  }

  /** A request has arrived, and is answered now. It does not wait for its client any more. */
  void requestBegins() {
    unfinished.end();
    pipelined++;
  }

  /** The request of HTTP/1.1 is not answered at once: the client waits. */
  void answerIsAwaited() {
    phase = Phase.ANSWER;
  }

  /** A request of HTTP/1.1 has been answered. */
  void requestEnds() {
    left = false;
    enter(Phase.IDLE);
  }

  /**
   * A request of HTTP/2 has arrived.
   *
   * @return how many are in progress now
   */
  int streamBegins() {
    requestBegins();
    frames.requestBegins(progress.sent());
    phase = Phase.ANSWER;
    return streams.requestBegins();
  }

  /** A request of HTTP/2 has been answered. */
  void streamEnds() {
    if (streams.requestEnds() == 0) {
      enter(Phase.IDLE);
    }
  }

  /** The requests of HTTP/2. */
  WatchedStreams streams() {
    return streams;
  }

  /** Whether the request in progress has a body that is not read, on HTTP/1.1. */
  boolean ignoresBody() {
    return source.ignoresBody();
  }

  /**
   * Whether it is time for other connections of the same thread, as many requests that came at once
   * have been answered one after the other.
   */
  boolean isOthersTurn() {
    if (pipelined < PIPELINED) {
      return false;
    }
    pipelined = 0;
    return true;
  }

  /** The client of a request that is not answered yet has closed its end. */
  void clientLeft() {
    leftSince = nanoTime.getAsLong();
    left = true;
  }

  /** Whether the client closed its end before its answer began. */
  boolean hasLeft() {
    return left;
  }

  /** From now on what is sent shows whether the client reads it, or has left. */
  void answerBegins() {
    left = false;
  }

  /** A request is answered later: until then, the connection is not needed more than others. */
  void waitsForTurn() {
    enter(Phase.IDLE);
  }

  /**
   * The body of the request that has just arrived is not read. The client gets its answer, also
   * while it sends. Call on the I/O thread.
   */
  void ignoreBody(HttpServerExchange exchange) {
    if (multiplexed) {
      streams.ignoreBody(exchange);
    } else {
      source.ignoreBody();
    }
  }

  private void received(long count) {
    pipelined = 0;
    if (multiplexed) {
      if (phase == Phase.HANDSHAKE) {
        firstBytes();
      }
      if (frames.isExceededBy(count, progress.sent())) {
        release();
        // At once: the thread goes on with what this client sends before it looks at its tasks.
        IoUtils.safeClose(connection);
      }
      return;
    }
    if (phase == Phase.ANSWER) {
      return;
    }
    if (phase != Phase.REQUEST) {
      enter(Phase.REQUEST);
    }
    unfinished.receive(count);
  }
}
