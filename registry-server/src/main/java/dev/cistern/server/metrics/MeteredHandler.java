package dev.cistern.server.metrics;

import dev.cistern.server.http.Outcome;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;

/** Counts each request when its answer has ended, also when it was cut off. */
public final class MeteredHandler implements HttpHandler {

  private final ServerMetrics metrics;
  private final HttpHandler next;

  /** Counts into {@code metrics} what {@code next} answers. */
  public MeteredHandler(ServerMetrics metrics, HttpHandler next) {
    this.metrics = metrics;
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    Outcome outcome = Outcome.watch(exchange);
    exchange.addExchangeCompleteListener(
        (completed, listeners) -> {
          metrics.answered(completed, outcome);
          listeners.proceed();
        });
    next.handleRequest(exchange);
  }
}
