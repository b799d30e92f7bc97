package dev.cistern.proxy.internal.cluster;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Target;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of an answer that comes just when it is given up. */
class PeerRequestsTest {

  /** What the client reads of an answer before anyone reads its body, and more. */
  private static final int READ_AHEAD = 64 << 10;

  private static final int SEND_BUFFER = 8 << 10;

  /** On a busy machine, the measurement may end early. */
  private static final long LEAST_UNREAD = 300 << 10;

  private final ServerSocket server;
  private final FakePeer fake;

  // More than the buffers of the network hold: so much is sent only if the client has read.
  private final long received;
  private final Gate asked = new Gate();
  private final AtomicLong sent = new AtomicLong();
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

  PeerRequestsTest() throws IOException {
    server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    fake = new FakePeer(server.getLocalPort());
    received = sentUnread() + READ_AHEAD;
  }

  /** How many bytes can be sent to a client that reads none. */
  private static long sentUnread() throws IOException {
    try (ServerSocketChannel listener = ServerSocketChannel.open();
        SocketChannel client =
            SocketChannel.open(
                listener
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .getLocalAddress());
        SocketChannel accepted = listener.accept()) {
      accepted.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER);
      accepted.configureBlocking(false);
      long sent = 0;
      // What is in the send buffer may still go to the other end.
      for (long idle = System.nanoTime(); System.nanoTime() - idle < 100_000_000L; ) {
        int count = accepted.write(ByteBuffer.allocate(4 << 10));
        sent += count;
        idle = count > 0 ? System.nanoTime() : idle;
      }
      assertThat(client.isConnected()).isTrue();
      return Math.max(sent, LEAST_UNREAD);
    }
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    fake.close();
  }

  /** Sends an answer without end until the client closes the connection. */
  private void answer() {
    try (Socket client = server.accept()) {
      client.setSendBufferSize(SEND_BUFFER);
      asked.pass();
      OutputStream out = client.getOutputStream();
      out.write(
          "HTTP/1.1 200 OK\r\nCistern-Peer: cistern-fake\r\nContent-Length: 999999999\r\n\r\n"
              .getBytes(US_ASCII));
      byte[] some = new byte[4 << 10];
      while (true) {
        out.write(some);
        sent.addAndGet(some.length);
      }
    } catch (IOException e) {
      ended.complete(true);
    }
  }

  /** Of this cache until the answer is awaited, and then of a peer as well, whose answer comes. */
  private final class Joined implements Requester {

    @Override
    public String client() {
      return "client";
    }

    @Override
    public boolean isWaiting() {
      return true;
    }

    @Override
    public boolean isPeer() {
      asked.open();
      Await.until(() -> sent.get() >= received);
      return true;
    }
  }

  @Test
  void rule11AnAnswerThatIsGivenUpAsItComesClosesItsConnection() {
    Thread serving = new Thread(this::answer);
    serving.setDaemon(true);
    serving.start();
    PeerRequests requests =
        new PeerRequests(
            fake.http(),
            new Silence.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)),
            CacheListener.NONE);
    Digest digest = Digest.sha256(new byte[1]);

    UpstreamWork.with(
        new Joined(),
        () ->
            assertThatThrownBy(
                    () ->
                        requests.ask(
                            fake.peer(),
                            "GET",
                            "library/alpine/blobs/" + digest,
                            ResumePoint.START,
                            Target.blob(ALPINE, digest),
                            new PeerRequests.Meant("hub", "hub")))
                .hasMessageContaining("another peer"));

    assertThat(Await.value(ended)).isTrue();
  }
}
