package dev.cistern.server.http;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.xnio.channels.ConnectedChannel;

/**
 * What a connection is known by: its two addresses. That of the client alone is not enough, as a
 * client may use one port of its own for connections to several addresses of this machine.
 *
 * @param peer of the client; null after the connection was closed
 * @param local of this machine; likewise
 */
record ConnectionEnds(@Nullable SocketAddress peer, @Nullable SocketAddress local) {

  static ConnectionEnds of(ConnectedChannel connection) {
    return new ConnectionEnds(connection.getPeerAddress(), connection.getLocalAddress());
  }
}
