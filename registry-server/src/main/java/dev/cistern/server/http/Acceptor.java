package dev.cistern.server.http;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.StreamConnection;
import org.xnio.channels.AcceptingChannel;

/** Takes connections from a listening socket, and hands on those that are admitted. */
final class Acceptor implements ChannelListener<AcceptingChannel<? extends StreamConnection>> {

  private static final Logger log = LoggerFactory.getLogger(Acceptor.class);

  private final OpenConnections connections;
  private final ChannelListener<StreamConnection> protocol;

  Acceptor(OpenConnections connections, ChannelListener<StreamConnection> protocol) {
    this.connections = connections;
    this.protocol = protocol;
  }

  @Override
  public void handleEvent(AcceptingChannel<? extends StreamConnection> socket) {
    try {
      for (StreamConnection connection = socket.accept();
          connection != null;
          connection = socket.accept()) {
        if (connections.admit(connection)) {
          protocol.handleEvent(connection);
        }
      }
    } catch (IOException e) {
      log.warn("Could not accept a connection: {}", e.toString());
    }
  }
}
