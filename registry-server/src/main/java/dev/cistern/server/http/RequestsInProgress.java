package dev.cistern.server.http;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the requests in progress. Once the server is stopping, a request that still arrives is
 * answered, because its client may have no other server, and is the last one of its connection.
 */
final class RequestsInProgress implements HttpHandler {

  private final HttpHandler next;
  private final AtomicInteger count = new AtomicInteger();
  private volatile boolean stopping;

  RequestsInProgress(HttpHandler next) {
    this.next = next;
  }

  /** From now on each request is the last one of its connection. */
  void stop() {
    stopping = true;
  }

  int count() {
    return count.get();
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    count.incrementAndGet();
    exchange.addExchangeCompleteListener(
        (completed, listeners) -> {
          count.decrementAndGet();
          listeners.proceed();
        });
    if (stopping) {
      exchange.setPersistent(false);
    }
    next.handleRequest(exchange);
  }
}
