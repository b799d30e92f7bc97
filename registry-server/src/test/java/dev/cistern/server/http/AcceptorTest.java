package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.HttpLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

@DisplayName("9. A request on an open connection never waits behind a flood of new connections")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AcceptorTest {

  private static final int MANY = 500;

  private final OpenConnections connections =
      new OpenConnections(HttpLimits.DEFAULT, 2 * MANY, 1 << 20, System::nanoTime);
  private final List<StreamConnection> begun = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Integer> begunBeforeRequest = new CompletableFuture<>();
  private final List<Socket> clients = new ArrayList<>();
  private final CountDownLatch gate = new CountDownLatch(1);
  private final XnioWorker worker;
  private final InetSocketAddress server;

  AcceptorTest() throws IOException {
    worker = Xnio.getInstance().createWorker(OptionMap.create(Options.WORKER_IO_THREADS, 1));
    AcceptingChannel<StreamConnection> socket =
        worker.createStreamConnectionServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new Acceptor(connections, this::begin),
            OptionMap.create(Options.BACKLOG, MANY));
    socket.resumeAccepts();
    server = socket.getLocalAddress(InetSocketAddress.class);
  }

  @AfterEach
  void stop() throws IOException {
    gate.countDown();
    for (Socket client : clients) {
      client.close();
    }
    worker.shutdownNow();
  }

  /** The first connection waits for a request. */
  private void begin(StreamConnection connection) {
    if (begun.isEmpty()) {
      connection
          .getSourceChannel()
          .setReadListener(
              source -> {
                begunBeforeRequest.complete(begun.size());
                source.suspendReads();
              });
      connection.getSourceChannel().resumeReads();
    }
    begun.add(connection);
  }

  private Socket connect() throws IOException {
    Socket client = new Socket();
    client.connect(server);
    clients.add(client);
    return client;
  }

  @Test
  void aRequestOnAnOpenConnectionDoesNotWaitForAllNewOnes() throws Exception {
    Socket open = connect();
    ServerTest.await(() -> begun.size() == 1);
    worker
        .getIoThread()
        .execute(
            () -> {
              try {
                gate.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    for (int i = 0; i < MANY; i++) {
      connect();
    }
    open.getOutputStream().write(1);
    gate.countDown();

    assertThat(begunBeforeRequest.get()).isLessThan(MANY / 2);
    ServerTest.await(() -> begun.size() == MANY + 1);
  }
}
