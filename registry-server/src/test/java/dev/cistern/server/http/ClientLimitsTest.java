package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Rule 11: a client takes a bounded part of memory, connections and time")
@Timeout(60)
class ClientLimitsTest {

  private static final Duration SOON = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofHours(1);
  private static final HttpLimits PATIENT =
      new HttpLimits(1_000, 32 << 10, LONG, LONG, LONG, LONG, 100);

  @TempDir private Path directory;
  private final FakeUpstream upstream;
  private final List<AutoCloseable> closed = new ArrayList<>();

  ClientLimitsTest() throws IOException {
    upstream = FakeUpstream.start();
    closed.add(upstream);
  }

  @AfterEach
  void close() throws Exception {
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
    RunningServer server =
        start(new HttpLimits(1_000, 32 << 10, LONG, LONG, LONG, Duration.ofSeconds(2), 100));
    try (Socket patient = connect(server);
        Socket stuck = connect(server)) {
      String request =
          "GET /v2/library/app/blobs/"
              + digest
              + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      send(stuck, request);
      send(patient, request);
      // The other one reads, slowly at first, and gets everything.
      long read = 0;
      InputStream in = patient.getInputStream();
      byte[] buffer = new byte[1 << 20];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        read += n;
      }
      assertThat(read).isGreaterThan(content.length);
      awaitOpen(server, 0);
      assertThat(readToEnd(stuck).length()).isLessThan(64 << 20);
    }
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

    assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
    assertThat(readToEnd(idle.get(0))).isNotNull();
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
    RunningServer server = start(new HttpLimits(1_000, 32 << 10, SOON, SOON, SOON, SOON, 100));
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
      for (int i = 0; i < 5_000; i++) {
        client.ping();
      }
      client.awaitClosed();
    } catch (SocketException e) {
      // It was closed while the test still sent.
      assertThat(e).hasMessageMatching("(?i).*(reset|broken|abort).*");
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
