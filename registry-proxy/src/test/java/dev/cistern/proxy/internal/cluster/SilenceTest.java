package dev.cistern.proxy.internal.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.cistern.proxy.peer.PeerWork;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that answers whether it works, and no request. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SilenceTest {

  private static final Duration ANSWER = Duration.ofSeconds(1);

  private volatile String works = "";
  private final HttpServer server;
  private final FakePeer fake;
  private final Peer peer;

  SilenceTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    fake = new FakePeer(server.getAddress().getPort());
    peer = fake.peer();
  }

  @BeforeEach
  void start() {
    server.createContext(
        "/v2/",
        exchange -> {
          exchange.getResponseHeaders().add("Cistern-Peer", "cistern-fake");
          exchange.getResponseHeaders().add(PeerWork.WORKING_HEADER, works);
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write("{}".getBytes(UTF_8));
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    fake.close();
  }

  /** Nothing shows in this test that the peer answers requests again. */
  private static CompletableFuture<PeerHttp.Working> never() {
    return CompletableFuture.failedFuture(new IOException("not yet"));
  }

  private Silence silence(Duration bytes) {
    Silence silence =
        new Silence(peer, SilenceTest::never, new Silence.Patience(ANSWER, bytes), () -> false);
    silence.sent("7");
    return silence;
  }

  private static void lasts(Silence silence, Duration time) throws Exception {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < time.toNanos()) {
      silence.lasts();
      Thread.sleep(20);
    }
  }

  @Test
  void aRequestThatThePeerWorksOnEndsAloneAtTheLimit() {
    works = "7";
    Silence silence = silence(ANSWER.multipliedBy(2));

    assertThatThrownBy(() -> lasts(silence, Duration.ofSeconds(30)))
        .isInstanceOf(PeerFailure.class)
        .hasMessageContaining("2000 ms");

    assertThat(peer.state()).isEqualTo(Peer.State.ALIVE);
  }

  @Test
  void aRequestWithHeadersEndsAloneAtTheLimit() {
    Silence silence = silence(ANSWER.multipliedBy(2));
    silence.answered();

    assertThatThrownBy(() -> lasts(silence, Duration.ofSeconds(30)))
        .isInstanceOf(PeerFailure.class)
        .hasMessageContaining("2000 ms");

    assertThat(peer.state()).isEqualTo(Peer.State.ALIVE);
  }

  @Test
  void aRequestThatIsLostMakesThePeerFailUntilItAnswersAnother() {
    Silence silence = silence(Duration.ofMinutes(1));

    assertThatThrownBy(() -> lasts(silence, Duration.ofSeconds(30)))
        .isInstanceOf(PeerFailure.class)
        .hasMessageContaining("nor does it know of it");

    assertThat(peer.state()).isEqualTo(Peer.State.FAILING);
    peer.answersRequests();
    assertThat(peer.state()).isEqualTo(Peer.State.ALIVE);
  }

  @Test
  void aRequestThatIsSentAgainIsLookedForByItsNewNumber() throws Exception {
    works = "8";
    Silence silence = silence(Duration.ofMinutes(1));
    silence.sent("8");

    lasts(silence, ANSWER.multipliedBy(3));

    assertThat(peer.state()).isEqualTo(Peer.State.ALIVE);
  }

  @Test
  void aPeerThatHasNoRoomForAllNumbersIsWaitedFor() throws Exception {
    works = "1 more";

    lasts(silence(Duration.ofMinutes(1)), ANSWER.multipliedBy(3));

    assertThat(peer.state()).isEqualTo(Peer.State.ALIVE);
  }
}
