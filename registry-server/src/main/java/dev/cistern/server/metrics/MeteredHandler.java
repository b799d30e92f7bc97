package dev.cistern.server.metrics;

import dev.cistern.server.http.AnswerListener;
import dev.cistern.server.http.Outcome;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.util.List;

/** Counts each request when its answer has ended, also when it was cut off. */
public final class MeteredHandler implements HttpHandler {

  private final List<AnswerListener> listeners;
  private final HttpHandler next;

  /** Tells these listeners what {@code next} answers. */
  public MeteredHandler(List<AnswerListener> listeners, HttpHandler next) {
    this.listeners = List.copyOf(listeners);
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    Outcome outcome = Outcome.watch(exchange);
    exchange.addExchangeCompleteListener(
        (completed, rest) -> {
          listeners.forEach(listener -> listener.answered(completed, outcome));
          rest.proceed();
        });
    next.handleRequest(exchange);
  }
}
