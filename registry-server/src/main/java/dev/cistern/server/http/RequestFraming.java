package dev.cistern.server.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;

/**
 * Refuses requests whose end another server could see elsewhere (RFC 9112 §6.3, §11.2).
 *
 * <p>Undertow takes a line feed alone for the end of a chunk's line, and codings after {@code
 * chunked}. No client of a registry sends a transfer coding with a request to read; such a request
 * is refused, and the connection is closed, so that nothing that follows is taken for a request.
 * After a request with a body that has a length, {@link ClientLimits} closes the connection too.
 */
public final class RequestFraming implements HttpHandler {

  private final HttpHandler next;

  public RequestFraming(HttpHandler next) {
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    HeaderValues codings = exchange.getRequestHeaders().get(Headers.TRANSFER_ENCODING);
    if (codings == null) {
      next.handleRequest(exchange);
      return;
    }
    exchange.setPersistent(false);
    if (!isRead(exchange) && isUnambiguous(exchange, codings)) {
      next.handleRequest(exchange);
      return;
    }
    Answers.fail(
        exchange,
        new RegistryException(
            ErrorCode.BODY_UNSUPPORTED,
            "The cache does not accept this Transfer-Encoding; send the request without a body"));
  }

  private static boolean isRead(HttpServerExchange exchange) {
    HttpString method = exchange.getRequestMethod();
    return method.equals(Methods.GET)
        || method.equals(Methods.HEAD)
        || method.equals(Methods.OPTIONS);
  }

  private static boolean isUnambiguous(HttpServerExchange exchange, HeaderValues codings) {
    return exchange.isHttp11()
        && codings.size() == 1
        && codings.getFirst().strip().equalsIgnoreCase("chunked")
        && !exchange.getRequestHeaders().contains(Headers.CONTENT_LENGTH);
  }
}
