package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;
import java.io.Closeable;
import org.xnio.IoUtils;

/**
 * Ends an answer early, with its connection; on HTTP/2 with its stream alone. Closed on any thread,
 * it does so on the connection's own one: TLS and HTTP/2 give buffers back then that this thread
 * may be using.
 */
record CutAnswer(HttpServerExchange exchange) implements Closeable {

  @Override
  public void close() {
    exchange.getIoThread().execute(this::cut);
  }

  private void cut() {
    // Its connection may have another request by now.
    if (!exchange.isComplete()) {
      IoUtils.safeClose(exchange.getConnection());
      exchange.endExchange();
    }
  }
}
