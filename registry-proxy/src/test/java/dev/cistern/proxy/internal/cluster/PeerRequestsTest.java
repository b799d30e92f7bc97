package dev.cistern.proxy.internal.cluster;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Target;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of an answer that comes just when it is given up. */
class PeerRequestsTest {

  /** More than the buffers of the network hold, and less than is received of an unread answer. */
  private static final int RECEIVED = 300 << 10;

  private final CacheThreads threads = new CacheThreads("peer-requests-test");
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ServerSocket server;
  private final PeerHttp http;
  private final Peer peer;
  private final Gate asked = new Gate();
  private final AtomicLong sent = new AtomicLong();
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

  PeerRequestsTest() throws IOException {
    server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    String address = "127.0.0.1:" + server.getLocalPort();
    http =
        new PeerHttp(
            Peers.named(Peers.address(address), "sixteen letters!").build(),
            threads.threads("http"));
    peer =
        new Peer(
            URI.create("http://" + address), Peer.State.ALIVE, http, timer, InstantSource.system());
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    timer.shutdownNow();
    http.close();
    threads.close();
  }

  /** Sends an answer without end until the client closes the connection. */
  private void answer() {
    try (Socket client = server.accept()) {
      client.setSendBufferSize(8 << 10);
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
      Await.until(() -> sent.get() >= RECEIVED);
      return true;
    }
  }

  @Test
  void itsConnectionIsClosed() {
    Thread serving = new Thread(this::answer);
    serving.setDaemon(true);
    serving.start();
    PeerRequests requests =
        new PeerRequests(
            http,
            new Silence.Patience(Duration.ofMinutes(1), Duration.ofMinutes(1)),
            CacheListener.NONE);
    Digest digest = Digest.sha256(new byte[1]);

    UpstreamWork.with(
        new Joined(),
        () ->
            assertThatThrownBy(
                    () ->
                        requests.ask(
                            peer,
                            "GET",
                            "library/alpine/blobs/" + digest,
                            ResumePoint.START,
                            Target.blob(ALPINE, digest),
                            new PeerRequests.Meant("hub", "hub")))
                .hasMessageContaining("another peer"));

    assertThat(Await.value(ended)).isTrue();
  }
}
