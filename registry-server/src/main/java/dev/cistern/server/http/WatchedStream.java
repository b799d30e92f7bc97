package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;
import java.util.function.LongSupplier;
import org.xnio.IoUtils;

/**
 * The answer to a request of HTTP/2, which its client may leave unread while it reads others of the
 * same connection.
 */
final class WatchedStream {

  private final HttpServerExchange exchange;
  private final Progress progress;

  WatchedStream(HttpServerExchange exchange, LongSupplier nanoTime) {
    this.exchange = exchange;
    progress = new Progress(nanoTime);
    exchange.addResponseWrapper((factory, ignored) -> new WatchedSink(factory.create(), progress));
  }

  /** For how many nanoseconds the client has taken nothing of the answer; 0 if it takes it. */
  long blockedFor(long now) {
    return progress.blockedFor(now);
  }

  /** The client has reset the stream: it gets no answer. Call on the I/O thread. */
  void clientLeft() {
    ExchangeRequester.leave(exchange);
    exchange.endExchange();
  }

  /** Resets the stream; on any thread. */
  void cut() {
    exchange
        .getIoThread()
        .execute(
            () -> {
              IoUtils.safeClose(exchange.getConnection());
              exchange.endExchange();
            });
  }
}
