package dev.cistern.server.http;

import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.ConnectorStatistics;
import io.undertow.server.DelegateOpenListener;
import io.undertow.server.HttpHandler;
import io.undertow.server.protocol.http2.Http2OpenListener;
import org.jspecify.annotations.Nullable;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;

/** Hands connections to HTTP/2, and notes that they are such. */
final class MultiplexedListener implements DelegateOpenListener {

  private final OpenConnections connections;
  private final Http2OpenListener next;

  MultiplexedListener(OpenConnections connections, Http2OpenListener next) {
    this.connections = connections;
    this.next = next;
  }

  @Override
  public void handleEvent(StreamConnection connection, PooledByteBuffer read) {
    connections.of(connection).ifPresent(WatchedConnection::multiplex);
    next.handleEvent(connection, read);
  }

  @Override
  public void handleEvent(StreamConnection connection) {
    connections.of(connection).ifPresent(WatchedConnection::multiplex);
    next.handleEvent(connection);
  }

  @Override
  public HttpHandler getRootHandler() {
    return next.getRootHandler();
  }

  @Override
  public void setRootHandler(HttpHandler handler) {
    next.setRootHandler(handler);
  }

  @Override
  public OptionMap getUndertowOptions() {
    return next.getUndertowOptions();
  }

  @Override
  public void setUndertowOptions(OptionMap options) {
    next.setUndertowOptions(options);
  }

  @Override
  public ByteBufferPool getBufferPool() {
    return next.getBufferPool();
  }

  @Override
  public @Nullable ConnectorStatistics getConnectorStatistics() {
    return next.getConnectorStatistics();
  }

  @Override
  public void closeConnections() {
    next.closeConnections();
  }
}
