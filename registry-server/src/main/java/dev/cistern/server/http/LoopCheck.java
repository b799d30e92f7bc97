package dev.cistern.server.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;

/**
 * Refuses requests that this server has sent itself: its upstream leads back to it. Without this,
 * the first request would wait for the second one, and that one for the first.
 */
public final class LoopCheck implements HttpHandler {

  private final String name;
  private final HttpHandler next;

  /**
   * @param name the name of this server in the {@code Via} header of its requests
   */
  public LoopCheck(String name, HttpHandler next) {
    this.name = name;
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    HeaderValues via = exchange.getRequestHeaders().get(Headers.VIA);
    if (via == null || via.stream().noneMatch(value -> value.contains(name))) {
      next.handleRequest(exchange);
      return;
    }
    Answers.fail(
        exchange,
        new RegistryException(
            ErrorCode.LOOP_DETECTED,
            "This request comes from this cache itself: its upstream leads back to it; set"
                + " proxy.remoteurl to the registry to fetch from"));
  }
}
