package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * A connection that knows what it waits for, and since when.
 *
 * <p>It looks at what passes between the connection and Undertow, above TLS. Bytes of a file still
 * go from the file to the socket. Its state is written by the connection's I/O thread, and read by
 * the thread that looks for connections to close.
 */
final class WatchedConnection {

  /** The connection of an exchange of HTTP/1.1. */
  static final AttachmentKey<WatchedConnection> KEY = AttachmentKey.create(WatchedConnection.class);

  /** A request with fewer bytes than this is not counted: it takes less than its connection. */
  private static final int SMALL = 1 << 10;

  /** How many requests that came at once are answered in one turn. */
  private static final int PIPELINED = 32;

  /**
   * How much a client of HTTP/2 may send before the next request, in bytes: a body as long as its
   * window, which nobody reads, and the same of other frames.
   */
  private static final int BESIDE_REQUESTS = 128 << 10;

  /** How much of a body that nobody reads is taken from a client of HTTP/1.1, in bytes. */
  private static final int UNREAD_BODY = 1 << 20;

  /**
   * And one more byte for so many that it is sent: twice 13 bytes that open windows, for 4 KiB or
   * more, are less than a quarter of this.
   */
  private static final int WINDOWS = 32;

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
  private final LongConsumer unfinishedRequests;
  private final Progress progress;

  private volatile Phase phase = Phase.HANDSHAKE;
  private volatile long since;

  // Since when the client sends nothing more, while its request waits for the upstream.
  private volatile boolean left;
  private volatile long leftSince;

  // Of HTTP/2.
  private volatile boolean multiplexed;
  private final AtomicInteger requests = new AtomicInteger();
  private final Map<Integer, WatchedStream> streams = new ConcurrentHashMap<>();
  private final AtomicInteger streamsCut = new AtomicInteger();
  private final AtomicReference<@Nullable Runnable> goAway = new AtomicReference<>();
  // Of the request which Undertow hands on next; used by the I/O thread.
  private int stream;
  private Runnable endBody = () -> {};

  // How many bytes of a body that is not read are still taken from the client; or else negative.
  private long unreadBody = -1;

  // How many requests have begun since something was read last; written by the I/O thread.
  private int pipelined;

  // How many bytes of HTTP/2 have arrived since the last request, and how many were sent before it.
  private long besideRequests;
  private long sentAtRequest;

  // How many bytes of the current request have arrived.
  private long arrived;
  private final AtomicLong counted = new AtomicLong();

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
    this.unfinishedRequests = unfinishedRequests;
    progress = new Progress(nanoTime);
    since = nanoTime.getAsLong();
    connection
        .getSourceChannel()
        .setConduit(new WatchedSource(connection.getSourceChannel().getConduit()));
    connection
        .getSinkChannel()
        .setConduit(new WatchedSink(connection.getSinkChannel().getConduit(), progress));
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
    return phase == Phase.IDLE && requests.get() == 0;
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
    unfinishedRequests.accept(-counted.getAndSet(0));
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
    long blocked = blockedFor(now);
    for (WatchedStream stream : streams.values()) {
      blocked = Math.max(blocked, stream.blockedFor(now));
    }
    if (left) {
      return Math.max(1, Math.max(blocked, now - leftSince));
    }
    return phase == Phase.ANSWER ? blocked : Math.max(blocked, inPhase(now));
  }

  /** How many buffers the connection holds, roughly, because of its client. */
  int buffersHeld(long now) {
    int held = streamsCut.get();
    for (WatchedStream stream : streams.values()) {
      if (stream.blockedFor(now) > 0) {
        held++;
      }
    }
    return held + (phase == Phase.REQUEST || blockedFor(now) > 0 ? 1 : 0);
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
    arrived = 0;
    release();
    enter(Phase.IDLE);
  }

  private void enter(Phase next) {
    since = nanoTime.getAsLong();
    phase = next;
  }

  /**
   * A request has arrived.
   *
   * @return how many are in progress now
   */
  int requestBegins() {
    arrived = 0;
    besideRequests = 0;
    sentAtRequest = progress.sent();
    pipelined++;
    if (counted.get() > 0) {
      release();
    }
    phase = Phase.ANSWER;
    return requests.incrementAndGet();
  }

  /** Whether the request in progress has a body that is not read, on HTTP/1.1. */
  boolean ignoresBody() {
    return unreadBody >= 0;
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

  /** A request that waited is answered now. */
  void hasTurn() {
    phase = Phase.ANSWER;
  }

  /** A request has been answered. */
  void requestEnds() {
    left = false;
    if (requests.decrementAndGet() == 0) {
      enter(Phase.IDLE);
    }
  }

  /**
   * A request of HTTP/2 has arrived on this stream: what is called next is for it.
   *
   * @param endBody tells the client that the rest of its body is not wanted
   */
  void streamBegins(int id, Runnable endBody) {
    stream = id;
    this.endBody = endBody;
  }

  /**
   * The body of the request that has just arrived is not read. The client gets its answer, also
   * while it sends: what it sends on HTTP/1.1 is taken and dropped, as the system would drop the
   * answer if the connection were closed with bytes unread. A stream of HTTP/2 is reset without an
   * error after the answer (RFC 9113 §8.1). Call on the I/O thread.
   */
  void ignoreBody(HttpServerExchange exchange) {
    if (!multiplexed) {
      unreadBody = UNREAD_BODY;
      return;
    }
    Runnable end = endBody;
    exchange.addExchangeCompleteListener(
        (completed, next) -> {
          end.run();
          next.proceed();
        });
  }

  /** The client takes back the request of HTTP/2 that it sent on this stream. */
  void streamIsReset(int id) {
    WatchedStream reset = streams.get(id);
    if (reset != null) {
      reset.clientLeft();
    }
  }

  /** Watches the answer to the request of HTTP/2 that has just arrived. */
  void watch(HttpServerExchange exchange) {
    int id = stream;
    streams.put(id, new WatchedStream(exchange, nanoTime));
    exchange.addExchangeCompleteListener(
        (completed, next) -> {
          streams.remove(id);
          next.proceed();
        });
  }

  /**
   * Ends answers of HTTP/2 that the client has not taken anything of for too long.
   *
   * @return whether the whole connection should be closed, as its client takes nothing of any
   */
  boolean cutStreams(long now, long most) {
    List<Map.Entry<Integer, WatchedStream>> overdue =
        streams.entrySet().stream()
            .filter(stream -> stream.getValue().blockedFor(now) > most)
            .toList();
    if (overdue.isEmpty() || overdue.size() >= streams.size()) {
      return !overdue.isEmpty();
    }
    for (Map.Entry<Integer, WatchedStream> each : overdue) {
      streams.remove(each.getKey());
      streamsCut.incrementAndGet();
      each.getValue().cut();
    }
    return false;
  }

  private void received(long count) {
    if (count <= 0) {
      return;
    }
    pipelined = 0;
    if (multiplexed) {
      if (phase == Phase.HANDSHAKE) {
        firstBytes();
      }
      endIfFlooding(count);
      return;
    }
    if (phase == Phase.ANSWER) {
      return;
    }
    if (phase != Phase.REQUEST) {
      enter(Phase.REQUEST);
    }
    arrived += count;
    if (arrived > SMALL) {
      counted.addAndGet(count);
      unfinishedRequests.accept(count);
    }
  }

  /**
   * A client of HTTP/2 may also send frames that are no requests: pings, settings, and windows for
   * what it has received. More of them than it can need only keep the thread busy.
   */
  private void endIfFlooding(long count) {
    besideRequests += count;
    if (besideRequests > BESIDE_REQUESTS + (progress.sent() - sentAtRequest) / WINDOWS) {
      close();
    }
  }

  private final class WatchedSource extends AbstractStreamSourceConduit<StreamSourceConduit> {

    private static final int DROPPED = 8 << 10;

    WatchedSource(StreamSourceConduit next) {
      super(next);
    }

    /**
     * After the answer, takes what the client sends of its body. Undertow closes the connection at
     * the end of it, and ten seconds later at the latest.
     */
    private int drop() throws IOException {
      ByteBuffer dropped = ByteBuffer.allocate(DROPPED);
      while (unreadBody > 0) {
        int count = super.read(dropped.clear());
        if (count <= 0) {
          return count;
        }
        unreadBody -= count;
      }
      return -1;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      if (unreadBody >= 0) {
        return drop();
      }
      int count = super.read(target);
      received(count);
      return count;
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
      if (unreadBody >= 0) {
        return drop();
      }
      long count = super.read(targets, offset, length);
      received(count);
      return count;
    }
  }
}
