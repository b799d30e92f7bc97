package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("11. A client takes a bounded part of memory, connections and time")
@Timeout(60)
class ClientLimitsTest {

  private static final Duration SOON = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofHours(1);
  private static final byte ENHANCE_YOUR_CALM = 11;
  private static final HttpLimits PATIENT =
      new HttpLimits(1_000, 32 << 10, LONG, LONG, LONG, LONG, 100);

  @TempDir private Path directory;
  private final FakeUpstream upstream;
  private final List<AutoCloseable> closed = new ArrayList<>();
  private final CountDownLatch held = new CountDownLatch(1);

  ClientLimitsTest() throws IOException {
    upstream = FakeUpstream.start();
    closed.add(upstream);
  }

  @AfterEach
  void close() throws Exception {
    held.countDown();
    for (int i = closed.size() - 1; i >= 0; i--) {
      closed.get(i).close();
    }
  }

  private RunningServer start(HttpLimits limits) throws IOException {
    return start(with(RunningServer.LOOPBACK, limits));
  }

  private RunningServer startTls(HttpLimits limits) throws IOException {
    return start(with(Https.config(directory, HttpConfig.Http2.ENABLED), limits));
  }

  private RunningServer start(HttpConfig http) throws IOException {
    RunningServer server =
        RunningServer.start(
            RunningServer.config(
                upstream, RunningServer.inDirectory(directory.resolve("store")), http));
    closed.add(server);
    return server;
  }

  private static HttpConfig with(HttpConfig http, HttpLimits limits) {
    return new HttpConfig(
        http.addr(),
        http.prefix(),
        http.host(),
        http.headers(),
        http.drainTimeout(),
        limits,
        http.tls(),
        http.http2(),
        http.debug());
  }

  private Socket connect(RunningServer server) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort());
    closed.add(socket);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Returns when the server has closed the connection; what it sent before is read. */
  private static String readToEnd(Socket socket) throws IOException {
    try {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (SocketException e) {
      return "reset";
    }
  }

  @Test
  void headersThatGoOnForTooLongAreRefused() throws IOException {
    Socket socket = connect(start(PATIENT));
    send(socket, "GET /v2/ HTTP/1.1\r\nHost: x\r\n");
    String header = "X-Padding: " + "x".repeat(8_000) + "\r\n";
    try {
      for (int i = 0; i < 100; i++) {
        send(socket, header);
      }
    } catch (SocketException e) {
      // The server has closed the connection already.
      assertThat(e).hasMessageMatching("(?i).*(reset|broken|abort).*");
    }
    assertThat(readToEnd(socket)).doesNotContain("200 OK");
  }

  @Test
  void aRequestThatIsNotFinishedInTimeIsEnded() throws IOException {
    Socket socket = connect(start(new HttpLimits(1_000, 32 << 10, SOON, LONG, LONG, LONG, 100)));
    send(socket, "GET /v2/ HTTP/1.1\r\nHost: x\r\n");

    assertThat(readToEnd(socket)).doesNotContain("200 OK");
  }

  @Test
  void aBodyThatIsAnnouncedAndNotSentIsNotWaitedFor() throws IOException {
    Socket socket = connect(start(new HttpLimits(1_000, 32 << 10, SOON, LONG, LONG, LONG, 100)));
    send(socket, "GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");

    assertThat(readToEnd(socket)).contains("200 OK");
  }

  @Test
  void aBlobThatIsNotReadIsGivenUp() throws IOException {
    byte[] content = Samples.bytes(64 << 20, 5);
    Digest digest = upstream.blob("library/app", content);
    RunningServer server = start(new HttpLimits(1_000, 32 << 10, LONG, LONG, LONG, SOON, 100));
    Socket stuck = connect(server);
    send(stuck, get(digest));

    assertThat(stuck.getInputStream().read()).isEqualTo('H');
    awaitOpen(server, 0);
    assertThat(readToEnd(stuck).length()).isLessThan(content.length);
    // Others get it. A few bytes fit between server and client, however slow this process is.
    HttpResponse<byte[]> end =
        server.get("/v2/library/app/blobs/" + digest, "Range", "bytes=-1000");
    assertThat(end.body())
        .isEqualTo(Arrays.copyOfRange(content, content.length - 1_000, content.length));
  }

  @Test
  void aTlsHandshakeThatIsNeverFinishedIsEnded() throws IOException {
    Socket silent = connect(startTls(new HttpLimits(1_000, 32 << 10, LONG, SOON, LONG, LONG, 100)));

    assertThat(readToEnd(silent)).isIn("", "reset");
  }

  @Test
  void connectionsThatSendNothingMakeRoomForOthers() throws IOException {
    RunningServer server = start(new HttpLimits(20, 32 << 10, LONG, LONG, LONG, LONG, 100));
    for (int i = 0; i < 60; i++) {
      connect(server);
    }

    assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
    assertThat(server.openConnections()).isLessThanOrEqualTo(20);
  }

  @Test
  void connectionsBetweenRequestsMakeRoomForOthers() throws IOException {
    RunningServer server = start(new HttpLimits(2, 32 << 10, LONG, LONG, LONG, LONG, 100));
    List<Socket> idle = List.of(connect(server), connect(server));
    for (Socket socket : idle) {
      send(socket, "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(socket.getInputStream().read()).isEqualTo('H');
    }

    awaitServed(server);
    awaitClosed(idle);
  }

  /** Connects again and again, until the server has room. */
  private void awaitServed(RunningServer server) throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    String answer;
    do {
      assertThat(System.nanoTime()).isLessThan(deadline);
      try (Socket socket = connect(server)) {
        send(socket, "GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        answer = readToEnd(socket);
      } catch (SocketException e) {
        answer = "reset";
      }
    } while (!answer.startsWith("HTTP/1.1 200"));
  }

  /** Returns when the server has closed one of these, whichever. */
  private static void awaitClosed(List<Socket> sockets) throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    for (int i = 0; !isClosed(sockets.get(i % sockets.size())); i++) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  private static boolean isClosed(Socket socket) throws IOException {
    socket.setSoTimeout(10);
    try {
      socket.getInputStream().readAllBytes();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  /**
   * Two clients ask for what the upstream does not answer, on all connections that there may be.
   */
  private List<Socket> waitingForTheUpstream(RunningServer server) throws IOException {
    List<Socket> waiting = List.of(connect(server), connect(server));
    for (int i = 0; i < waiting.size(); i++) {
      String path = "/v2/library/app/manifests/held" + i;
      upstream.on(
          path,
          (request, reply) -> {
            try {
              held.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          });
      send(waiting.get(i), "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
      while (upstream.count("GET", path) + upstream.count("HEAD", path) == 0) {
        Thread.onSpinWait();
      }
    }
    return waiting;
  }

  @Test
  void connectionsWhoseClientsAreGoneAreClosed() throws IOException {
    RunningServer server = start(new HttpLimits(2, 32 << 10, LONG, LONG, LONG, LONG, 100));
    for (Socket socket : waitingForTheUpstream(server)) {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    awaitOpen(server, 0);
  }

  @Test
  void connectionsWhoseClientsSendNothingMoreMakeRoomForOthers() throws IOException {
    RunningServer server = start(new HttpLimits(2, 32 << 10, LONG, LONG, LONG, LONG, 100));
    List<Socket> left = waitingForTheUpstream(server);
    for (Socket socket : left) {
      socket.shutdownOutput();
    }

    awaitServed(server);
    awaitClosed(left);
  }

  @Test
  void aRequestWithABodyIsForgottenWhenItIsAnswered() throws IOException {
    CompletableFuture<WeakReference<HttpServerExchange>> seen = new CompletableFuture<>();
    ClientLimits handler =
        new ClientLimits(
            PATIENT,
            Capacity.ofProcess(),
            new OpenConnections(PATIENT, 10, 1 << 20, System::nanoTime),
            exchange -> {
              seen.complete(new WeakReference<>(exchange));
              exchange.endExchange();
            });
    Undertow undertow =
        Undertow.builder().addHttpListener(0, "127.0.0.1").setHandler(handler).build();
    undertow.start();
    closed.add(undertow::stop);
    InetSocketAddress address = (InetSocketAddress) undertow.getListenerInfo().get(0).getAddress();
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      send(
          socket,
          "PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
      assertThat(readToEnd(socket)).startsWith("HTTP/1.1 200");
    }

    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (seen.join().get() != null) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      System.gc();
    }
  }

  @Test
  void whereAllConnectionsAreInUseOneMoreIsRefused() throws IOException {
    Tap tap = new Tap();
    byte[] content = Samples.bytes(1 << 20, 6);
    Digest digest = upstream.blob("library/app", content, tap);
    RunningServer server = start(new HttpLimits(2, 32 << 10, LONG, LONG, LONG, LONG, 100));
    List<Socket> used = List.of(connect(server), connect(server));
    for (Socket socket : used) {
      send(socket, get(digest));
      assertThat(socket.getInputStream().read()).isEqualTo('H');
    }

    assertThat(readToEnd(connect(server))).isIn("", "reset");
    tap.open();
    for (Socket socket : used) {
      assertThat(readToEnd(socket)).hasSizeGreaterThan(content.length);
    }
    assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
  }

  private static String get(Digest digest) {
    return "GET /v2/library/app/blobs/"
        + digest
        + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  }

  @Test
  void aClientThatWaitsForTheUpstreamIsNotTakenForOneThatDoesNotRead() throws IOException {
    Tap tap = new Tap();
    byte[] content = Samples.bytes(1 << 20, 7);
    Digest cold = upstream.blob("library/app", content, tap);
    Digest large = upstream.blob("library/app", Samples.bytes(64 << 20, 8));
    RunningServer server = start(new HttpLimits(1_000, 32 << 10, LONG, LONG, LONG, SOON, 100));
    Socket patient = connect(server);
    send(patient, get(cold));
    assertThat(patient.getInputStream().read()).isEqualTo('H');

    // Three times as long as another client is waited for.
    for (int i = 0; i < 3; i++) {
      Socket stuck = connect(server);
      send(stuck, get(large));
      awaitOpen(server, 1);
    }
    tap.open();
    assertThat(readToEnd(patient)).hasSizeGreaterThan(content.length);
  }

  @Test
  void headersThatTrickleAreEndedInTime() throws IOException {
    RunningServer server = start(new HttpLimits(1_000, 32 << 10, SOON, LONG, LONG, LONG, 100));
    Socket socket = connect(server);
    send(socket, "GET /v2/ HTTP/1.1\r\nX: ");
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    do {
      assertThat(System.nanoTime()).isLessThan(deadline);
      trickle(socket);
    } while (server.openConnections() > 0);
  }

  private static void trickle(Socket socket) {
    try {
      send(socket, "x");
    } catch (IOException e) {
      assertThat(e).isInstanceOf(SocketException.class);
    }
  }

  private static void awaitOpen(RunningServer server, int connections) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (server.openConnections() > connections) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void anHttp2ConnectionWithoutStreamsIsEnded() throws IOException {
    RunningServer server = startTls(new HttpLimits(1_000, 32 << 10, LONG, LONG, SOON, LONG, 100));
    try (Http2Frames client = http2(server)) {
      client.settings();
      client.awaitClosed();
    }
  }

  private static Http2Frames http2(RunningServer server) throws IOException {
    return Http2Frames.connect(server.address().getPort());
  }

  @Test
  void aSilentHttp2ConnectionIsEnded() throws IOException {
    RunningServer server = startTls(new HttpLimits(1_000, 32 << 10, LONG, SOON, LONG, LONG, 100));
    try (Http2Frames client = http2(server)) {
      client.awaitClosed();
    }
  }

  @Test
  void anHttp2ConnectionThatReadsNoneOfItsAnswersIsEnded() throws IOException {
    Digest digest = upstream.blob("library/app", Samples.bytes(1 << 20, 9));
    RunningServer server = startTls(new HttpLimits(1_000, 32 << 10, LONG, LONG, LONG, SOON, 100));
    try (Http2Frames client = http2(server)) {
      client.settings(0);
      for (int stream = 1; stream < 20; stream += 2) {
        client.get(stream, "/v2/library/app/blobs/" + digest);
      }
      client.awaitClosed();
    }
  }

  @Test
  void oneHttp2AnswerThatIsNotReadIsResetAndTheOthersContinue() throws IOException {
    Digest digest = upstream.blob("library/app", Samples.bytes(1 << 20, 9));
    Tap tap = new Tap();
    Digest cold = upstream.blob("library/app", Samples.bytes(1_000, 10), tap);
    RunningServer server = startTls(new HttpLimits(1_000, 32 << 10, LONG, LONG, LONG, SOON, 100));
    try (Http2Frames client = http2(server)) {
      client.settings(2_000);
      client.get(1, "/v2/library/app/blobs/" + cold);
      client.get(3, "/v2/library/app/blobs/" + digest);
      client.await(Http2Frames.RST_STREAM, 3);
      tap.open();
      client.await(Http2Frames.DATA, 1);
    }
  }

  @Test
  void anHttp2ClientThatOnlyPingsIsEnded() throws IOException {
    RunningServer server = startTls(PATIENT);
    try (Http2Frames client = http2(server)) {
      client.settings();
      for (int i = 0; i < 1_000; i++) {
        client.ping();
      }
      client.get(1, "/v2/");
      client.await(Http2Frames.DATA, 1);
      for (int i = 0; i < 10_000; i++) {
        client.ping();
      }
      client.awaitClosed();
    } catch (SocketException e) {
      // It was closed while the test still sent.
      assertThat(e).hasMessageMatching("(?i).*(reset|broken|abort).*");
    }
  }

  @Test
  void anHttp2ClientThatTakesBackTooManyRequestsIsEnded() throws IOException {
    HttpLimits limits = new HttpLimits(1_000, 32 << 10, LONG, LONG, LONG, LONG, 10);
    RunningServer server = startTls(limits);
    try (Http2Frames client = http2(server)) {
      client.settings();
      int stream = 1;
      for (int i = 0; i < limits.maxResets(); i++) {
        client.get(stream, "/v2/");
        client.reset(stream);
        stream += 2;
      }
      client.get(stream, "/v2/");
      client.await(Http2Frames.DATA, stream);
      client.reset(stream);
      byte[] farewell = client.await(Http2Frames.GOAWAY, 0);
      assertThat(farewell[7]).isEqualTo(ENHANCE_YOUR_CALM);
      client.awaitClosed();
    }
  }

  @Test
  void moreHttp2RequestsAtOnceThanAllowedAreRefused() throws IOException {
    Tap tap = new Tap();
    Digest cold = upstream.blob("library/app", Samples.bytes(1_000, 10), tap);
    RunningServer server = startTls(new HttpLimits(1_000, 32 << 10, LONG, LONG, LONG, LONG, 2));
    try (Http2Frames client = http2(server)) {
      client.settings();
      client.get(1, "/v2/library/app/blobs/" + cold);
      client.get(3, "/v2/library/app/blobs/" + cold);
      client.get(5, "/v2/");
      client.await(Http2Frames.HEADERS_AT_END, 5);
    }
  }
}
