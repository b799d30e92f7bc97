package dev.cistern.server.http;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;

/**
 * The connections to a listener for operators: a limited number. A new one replaces the one that
 * has been without a request longest, so that silent connections cannot keep an operator or a probe
 * out. If all have requests, it replaces the one whose request is the oldest.
 *
 * <p>Thread-safe.
 */
final class OperatorConnections {

  private final int most;

  // Guarded by this. The oldest are first.
  private final Map<ConnectionEnds, StreamConnection> idle = new LinkedHashMap<>();
  private final Map<ConnectionEnds, StreamConnection> inUse = new LinkedHashMap<>();

  OperatorConnections(int most) {
    this.most = most;
  }

  /** Counts connections, closes another one if there are too many, and hands on. */
  ChannelListener<StreamConnection> taking(ChannelListener<StreamConnection> protocol) {
    return connection -> {
      IoUtils.safeClose(add(connection));
      protocol.handleEvent(connection);
    };
  }

  /** Notes which connections have requests. */
  HttpHandler noting(HttpHandler handler) {
    return exchange -> {
      begins(exchange);
      handler.handleRequest(exchange);
    };
  }

  /** Returns the connection to close. */
  private synchronized @Nullable StreamConnection add(StreamConnection connection) {
    idle.values().removeIf(known -> !known.isOpen());
    inUse.values().removeIf(known -> !known.isOpen());
    StreamConnection replaced = null;
    if (idle.size() + inUse.size() >= most) {
      Iterator<StreamConnection> oldest = (idle.isEmpty() ? inUse : idle).values().iterator();
      replaced = oldest.next();
      oldest.remove();
    }
    idle.put(ConnectionEnds.of(connection), connection);
    return replaced;
  }

  private void begins(HttpServerExchange exchange) {
    ConnectionEnds ends = ConnectionEnds.of(exchange.getConnection());
    move(ends, idle, inUse);
    exchange.addExchangeCompleteListener(
        (completed, next) -> {
          move(ends, inUse, idle);
          next.proceed();
        });
  }

  private synchronized void move(
      ConnectionEnds ends,
      Map<ConnectionEnds, StreamConnection> from,
      Map<ConnectionEnds, StreamConnection> to) {
    StreamConnection moved = from.remove(ends);
    if (moved != null && moved.isOpen()) {
      to.put(ends, moved);
    }
  }

  synchronized int count() {
    return idle.size() + inUse.size();
  }
}
