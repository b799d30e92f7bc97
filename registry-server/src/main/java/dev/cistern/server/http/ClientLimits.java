package dev.cistern.server.http;

import dev.cistern.server.config.HttpLimits;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Protocols;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;

/**
 * Sees to it that a request ends: counts the streams of HTTP/2 connections, and closes a connection
 * whose client announced a body and does not send it. A cache reads no body of a request.
 */
final class ClientLimits implements HttpHandler {

  private final HttpLimits limits;
  private final OpenConnections connections;
  private final HttpHandler next;

  ClientLimits(HttpLimits limits, OpenConnections connections, HttpHandler next) {
    this.limits = limits;
    this.connections = connections;
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    if (!exchange.isRequestComplete()) {
      exchange
          .getIoThread()
          .executeAfter(
              () -> closeUnlessSent(exchange),
              limits.requestTimeout().toMillis(),
              TimeUnit.MILLISECONDS);
    }
    if (exchange.getProtocol().equals(Protocols.HTTP_2_0)) {
      countStream(exchange);
    }
    next.handleRequest(exchange);
  }

  private static void closeUnlessSent(HttpServerExchange exchange) {
    if (!exchange.isRequestComplete()) {
      IoUtils.safeClose(exchange.getConnection());
    }
  }

  private void countStream(HttpServerExchange exchange) {
    Optional<WatchedConnection> connection =
        connections.of(exchange.getConnection().getPeerAddress());
    connection.ifPresent(
        watched -> {
          watched.streamBegins();
          exchange.addExchangeCompleteListener(
              (completed, listeners) -> {
                watched.streamEnds();
                listeners.proceed();
              });
        });
  }
}
