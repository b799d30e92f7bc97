package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.HttpLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

  private static final int MOST = 10;

  private final AtomicLong clock = new AtomicLong(1);
  private final OpenConnections connections =
      new OpenConnections(HttpLimits.DEFAULT, MOST, 1 << 20, clock::get);
  private final List<StreamConnection> accepted = new CopyOnWriteArrayList<>();
  private final List<Socket> clients = new ArrayList<>();
  private final XnioWorker worker;

  OpenConnectionsTest() throws IOException {
    worker = Xnio.getInstance().createWorker(OptionMap.EMPTY);
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    worker.shutdownNow();
  }

  private InetSocketAddress listen() throws IOException {
    AcceptingChannel<StreamConnection> socket =
        worker.createStreamConnectionServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new Acceptor(connections, accepted::add),
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

  /** Connects one client after the other; each later than the one before. */
  private void connect(InetSocketAddress server, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      clients.add(new Socket(server.getAddress(), server.getPort()));
      ServerTest.await(() -> accepted.size() == clients.size());
      clock.incrementAndGet();
    }
  }

  @Test
  void theOneThatHasWaitedLongestIsClosedForANewOne() throws IOException {
    InetSocketAddress server = listen();
    connect(server, MOST);
    connect(server, 2);

    ServerTest.await(() -> !accepted.get(0).isOpen() && !accepted.get(1).isOpen());
    assertThat(accepted.subList(2, accepted.size())).allMatch(StreamConnection::isOpen);
    assertThat(connections.count()).isEqualTo(MOST);
  }

  @Test
  void aClosedOneIsReplacedFirst() throws IOException {
    InetSocketAddress server = listen();
    connect(server, MOST);
    connect(server, 1);
    accepted.get(MOST).close();

    connect(server, 1);

    assertThat(accepted.subList(1, MOST)).allMatch(StreamConnection::isOpen);
    assertThat(connections.count()).isEqualTo(MOST);
  }

  @Test
  void newOnesHaveOverdueOnesClosedOnceIn100Milliseconds() throws IOException {
    long timeout = HttpLimits.DEFAULT.handshakeTimeout().toNanos();
    InetSocketAddress server = listen();
    connect(server, MOST);
    clock.addAndGet(timeout - Duration.ofMillis(50).toNanos());
    connect(server, 1);
    assertThat(connections.count()).isEqualTo(MOST);

    clock.addAndGet(Duration.ofMillis(90).toNanos());
    connect(server, 1);
    assertThat(connections.count()).isEqualTo(MOST);

    clock.addAndGet(Duration.ofMillis(20).toNanos());
    connect(server, 1);
    assertThat(connections.count()).isEqualTo(3);
  }
}
