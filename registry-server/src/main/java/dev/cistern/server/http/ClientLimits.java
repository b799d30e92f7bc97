package dev.cistern.server.http;

import dev.cistern.server.config.HttpLimits;
import io.undertow.server.Connectors;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.Protocols;
import io.undertow.util.SameThreadExecutor;
import io.undertow.util.StatusCodes;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Tells connections of their requests, limits how many of HTTP/2 are in progress, and has requests
 * answered without their bodies.
 */
final class ClientLimits implements HttpHandler {

  /** How many requests an HTTP/2 connection has at least, also while memory is short. */
  private static final int FEW_STREAMS = 4;

  /** Clients of HTTP/1.0 that want to keep their connection must be told (RFC 9112 §C.2.2). */
  private static final String KEEP_ALIVE = "keep-alive";

  private final HttpLimits limits;
  private final int mostStreams;
  private final long mostBuffers;
  private final OpenConnections connections;
  private final HttpHandler next;
  private final Turns turns = new Turns();
  private final AtomicInteger streams = new AtomicInteger();

  /**
   * @param capacity for requests of HTTP/2 in progress, on all connections
   */
  ClientLimits(
      HttpLimits limits, Capacity capacity, OpenConnections connections, HttpHandler next) {
    this.limits = limits;
    mostStreams = capacity.streams();
    mostBuffers = capacity.buffers();
    this.connections = connections;
    this.next = next;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    boolean isStream = exchange.getProtocol().equals(Protocols.HTTP_2_0);
    WatchedConnection connection = isStream ? find(exchange) : connection(exchange);
    if (!exchange.isRequestComplete()) {
      ignoreBody(exchange, connection);
    }
    if (exchange.isHttp10() && exchange.isPersistent()) {
      exchange.getResponseHeaders().put(Headers.CONNECTION, KEEP_ALIVE);
    }
    if (isStream) {
      stream(exchange, connection);
    } else if (connection == null) {
      next.handleRequest(exchange);
    } else {
      answer(exchange, connection);
    }
  }

  private @Nullable WatchedConnection find(HttpServerExchange exchange) {
    return connections.of(exchange.getConnection()).orElse(null);
  }

  /** Looks a connection of HTTP/1.1 up at its first request only. */
  private @Nullable WatchedConnection connection(HttpServerExchange exchange) {
    WatchedConnection known = WatchedConnection.of(exchange);
    if (known == null) {
      known = find(exchange);
      if (known != null) {
        known.attachTo(exchange.getConnection());
      }
    }
    return known;
  }

  /** Most requests are answered here and now. Only of others it has to be seen when they end. */
  private void answer(HttpServerExchange exchange, WatchedConnection connection) throws Exception {
    connection.requestBegins();
    if (connection.isOthersTurn()) {
      endsLater(exchange, connection);
      continueLater(exchange, connection);
      return;
    }
    try {
      next.handleRequest(exchange);
    } finally {
      if (exchange.isComplete()) {
        connection.requestEnds();
      } else {
        connection.answerIsAwaited();
        endsLater(exchange, connection);
      }
    }
  }

  private static void endsLater(HttpServerExchange exchange, WatchedConnection connection) {
    exchange.addExchangeCompleteListener(
        (completed, listeners) -> {
          connection.requestEnds();
          listeners.proceed();
        });
  }

  private void continueLater(HttpServerExchange exchange, WatchedConnection connection) {
    connection.waitsForTurn();
    exchange.dispatch(
        SameThreadExecutor.INSTANCE,
        () ->
            turns.add(
                exchange.getIoThread(),
                () -> {
                  connection.answerIsAwaited();
                  Connectors.executeRootHandler(next, exchange);
                }));
  }

  /**
   * The cache reads no bodies. Undertow would read one to its end before it ends the answer, and as
   * much as it allows.
   */
  private static void ignoreBody(
      HttpServerExchange exchange, @Nullable WatchedConnection connection) {
    exchange.setPersistent(false);
    if (connection != null) {
      connection.ignoreBody(exchange);
      Connectors.terminateRequest(exchange);
    }
  }

  private void stream(HttpServerExchange exchange, @Nullable WatchedConnection connection)
      throws Exception {
    boolean many = streams.incrementAndGet() > mostStreams;
    if (connection != null) {
      int requests = connection.streamBegins();
      many |= requests > limits.maxStreams();
      many |= requests > FEW_STREAMS && BoundedBuffers.areShort(mostBuffers);
    }
    exchange.addExchangeCompleteListener(
        (completed, listeners) -> {
          streams.decrementAndGet();
          if (connection != null) {
            connection.streamEnds();
          }
          listeners.proceed();
        });
    if (many) {
      exchange.setStatusCode(StatusCodes.SERVICE_UNAVAILABLE);
      exchange.getResponseHeaders().put(Headers.RETRY_AFTER, 1);
      exchange.endExchange();
      return;
    }
    if (connection != null) {
      connection.streams().watch(exchange);
    }
    next.handleRequest(exchange);
  }
}
