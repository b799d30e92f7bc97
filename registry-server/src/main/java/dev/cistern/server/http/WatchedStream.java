package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * The answer to a request of HTTP/2, which its client may leave unread while it reads others of the
 * same connection.
 */
final class WatchedStream {

  private final HttpServerExchange exchange;
  private final IntSupplier initialWindow;
  private final LongSupplier nanoTime;
  private final Progress progress;

  // By how much the client has opened the window since; written by the I/O thread.
  private final AtomicLong opened = new AtomicLong();
  private volatile long lastOpened;

  /**
   * @param initialWindow how many bytes the client takes before it opens the window of the stream
   */
  WatchedStream(HttpServerExchange exchange, IntSupplier initialWindow, LongSupplier nanoTime) {
    this.exchange = exchange;
    this.initialWindow = initialWindow;
    this.nanoTime = nanoTime;
    lastOpened = nanoTime.getAsLong();
    progress = new Progress(nanoTime);
    exchange.addResponseWrapper((factory, ignored) -> new WatchedSink(factory.create(), progress));
  }

  /** For how many nanoseconds the client has taken nothing of the answer; 0 if it takes it. */
  long blockedFor(long now) {
    return progress.blockedFor(now);
  }

  /** The client takes so many bytes more. */
  void open(int bytes) {
    opened.addAndGet(bytes);
    lastOpened = nanoTime.getAsLong();
  }

  /**
   * For how many nanoseconds the client could have taken something of the answer, and has not. It
   * takes something when it opens the window a little, though Undertow asks for more only after a
   * buffer. Where a slow connection holds up the answer, only the connection's own limit counts.
   */
  long waitingFor(long now, Progress connection) {
    long blocked = blockedFor(now);
    return waitsForWindow()
        ? Math.min(blocked, Math.max(0, now - lastOpened))
        : Math.min(blocked, connection.freeFor(now));
  }

  /** Undertow takes up to a buffer more than the window before it waits for it. */
  private boolean waitsForWindow() {
    return progress.sent() > initialWindow.getAsInt() + opened.get();
  }

  /** The client has reset the stream: it gets no answer. Call on the I/O thread. */
  void clientLeft() {
    ExchangeRequester.leave(exchange);
    exchange.endExchange();
  }

  /** Resets the stream; on any thread. */
  void cut() {
    new CutAnswer(exchange).close();
  }
}
