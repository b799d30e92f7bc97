package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.HttpLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OpenConnectionsTest {

  private final OpenConnections connections =
      new OpenConnections(HttpLimits.DEFAULT, 10, 1 << 20, System::nanoTime);
  private final XnioWorker worker;

  OpenConnectionsTest() throws IOException {
    worker = Xnio.getInstance().createWorker(OptionMap.EMPTY);
  }

  @AfterEach
  void stop() {
    worker.shutdownNow();
  }

  private InetSocketAddress listen() throws IOException {
    AcceptingChannel<StreamConnection> socket =
        worker.createStreamConnectionServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new Acceptor(connections, accepted -> {}),
            OptionMap.EMPTY);
    socket.resumeAccepts();
    return socket.getLocalAddress(InetSocketAddress.class);
  }

  @Test
  void connectionsFromOnePortToTwoAddressesAreTwo() throws IOException {
    try (Socket first = new Socket();
        Socket second = new Socket()) {
      first.setReuseAddress(true);
      second.setReuseAddress(true);
      first.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      second.bind(first.getLocalSocketAddress());
      InetSocketAddress one = listen();
      InetSocketAddress other = listen();

      first.connect(one);
      second.connect(other);

      ServerTest.await(() -> connections.count() == 2);
    }
    assertThat(connections.count()).isEqualTo(2);
  }
}
