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
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Rule 11: a client takes a bounded part of memory, connections and time")
@Timeout(120)
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
      awaitClosed(server, stuck);
    }
  }

  /** A client that reads nothing sees the end when it looks at last. */
  private static void awaitClosed(RunningServer server, Socket stuck) throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (server.openConnections() > 0) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
    assertThat(readToEnd(stuck).length()).isLessThan(64 << 20);
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
  void whereAllConnectionsAreInUseOneMoreIsRefused() throws IOException {
    RunningServer server = start(new HttpLimits(2, 32 << 10, LONG, LONG, LONG, LONG, 100));
    List<Socket> used = List.of(connect(server), connect(server));
    for (Socket socket : used) {
      send(socket, "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(socket.getInputStream().read()).isEqualTo('H');
    }

    assertThat(readToEnd(connect(server))).isIn("", "reset");
    used.get(0).close();
    awaitRoom(server);
    assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
  }

  private static void awaitRoom(RunningServer server) {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (server.openConnections() > 1) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void anHttp2ConnectionWithoutStreamsIsEnded() throws IOException {
    RunningServer server = startTls(new HttpLimits(1_000, 32 << 10, LONG, LONG, SOON, LONG, 100));
    SSLSocket socket =
        (SSLSocket)
            Https.trusting()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.address().getPort());
    closed.add(socket);
    var parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    send(socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.getOutputStream().write(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});

    readToEnd(socket);
  }
}
