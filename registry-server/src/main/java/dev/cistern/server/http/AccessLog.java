package dev.cistern.server.http;

import dev.cistern.server.logging.Logging;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs each request when its answer has ended, also when it was cut off. Gives each request an id,
 * which is in the answer as well.
 */
public final class AccessLog implements HttpHandler {

  private static final Logger log = LoggerFactory.getLogger(Logging.ACCESS);

  private final HttpHandler next;

  /** Logs what {@code next} answers. */
  public AccessLog(HttpHandler next) {
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    long start = System.nanoTime();
    Outcome outcome = Outcome.watch(exchange);
    String id = RequestId.of(exchange.getRequestHeaders().getFirst(RequestId.HEADER));
    exchange.getResponseHeaders().put(RequestId.HEADER, id);
    exchange.addExchangeCompleteListener(
        (completed, listeners) -> {
          log.info("answered", AccessLine.of(completed, outcome, id, System.nanoTime() - start));
          listeners.proceed();
        });
    next.handleRequest(exchange);
  }
}
