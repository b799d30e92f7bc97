package dev.cistern.server.http;

import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.protocols.http2.Http2Channel;
import io.undertow.server.ConnectorStatistics;
import io.undertow.server.DelegateOpenListener;
import io.undertow.server.HttpHandler;
import io.undertow.server.protocol.http2.Http2ReceiveListener;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;

/** Begins HTTP/2 on connections, in the place of Undertow's own listener. */
final class MultiplexedListener implements DelegateOpenListener {

  private final OpenConnections connections;
  private final ByteBufferPool buffers;
  private final int bufferSize;
  private final Resets resets;
  private final ProtocolErrors errors = new ProtocolErrors(System::nanoTime);
  private HttpHandler handler;
  private OptionMap options;

  /**
   * @param bufferSize of these buffers, in bytes
   * @param resets of all connections
   */
  MultiplexedListener(
      OpenConnections connections,
      ByteBufferPool buffers,
      int bufferSize,
      Resets resets,
      OptionMap options,
      HttpHandler handler) {
    this.connections = connections;
    this.buffers = buffers;
    this.bufferSize = bufferSize;
    this.resets = resets;
    this.options = options;
    this.handler = handler;
  }

  @Override
  public void handleEvent(StreamConnection connection, @Nullable PooledByteBuffer read) {
    WatchedConnection watched = connections.of(connection).orElse(null);
    if (watched == null) {
      // It has been closed meanwhile.
      IoUtils.safeClose(connection, read);
      return;
    }
    watched.multiplex();
    GuardedChannel channel =
        new GuardedChannel(
            connection, buffers, read, options, watched, resets.ofConnection(), errors);
    watched.goAwayBy(() -> channel.sendGoAway(Http2Channel.ERROR_NO_ERROR));
    channel.getReceiveSetter().set(new Http2ReceiveListener(handler, options, bufferSize, null));
    channel.resumeReceives();
  }

  @Override
  public void handleEvent(StreamConnection connection) {
    handleEvent(connection, null);
  }

  @Override
  public HttpHandler getRootHandler() {
    return handler;
  }

  @Override
  public void setRootHandler(HttpHandler handler) {
    this.handler = handler;
  }

  @Override
  public OptionMap getUndertowOptions() {
    return options;
  }

  @Override
  public void setUndertowOptions(OptionMap options) {
    this.options = options;
  }

  @Override
  public ByteBufferPool getBufferPool() {
    return buffers;
  }

  /** Undertow counts nothing here; the cache has its own metrics. */
  @Override
  public @Nullable ConnectorStatistics getConnectorStatistics() {
    return null;
  }

  /** Connections are closed by those who opened them. */
  @Override
  public void closeConnections() {}
}
