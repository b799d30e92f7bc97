package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import dev.cistern.server.tls.TlsContext;
import io.undertow.io.IoCallback;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * Clients that read slowly, or not at all. Sockets are real, and the test says how much time passes
 * and when the server looks for connections that are overdue.
 */
@DisplayName("http.writetimeout: how long a client may take nothing")
@Timeout(60)
class SlowReaderTest {

  private static final Duration LONG = Duration.ofHours(10);
  private static final Duration LIMIT = Duration.ofMinutes(1);

  /** Much less than a third of a send buffer, at which the system would wake the server. */
  private static final int PIECE = 256 << 10;

  private static final int BODY = 32 << 20;

  private enum Protocol {
    HTTP,
    HTTPS,
    HTTP2
  }

  /** A client that takes what it is told to take. */
  private interface Client extends AutoCloseable {
    void take(int bytes) throws IOException;

    @Override
    void close() throws IOException;
  }

  @TempDir private Path directory;

  private final AtomicLong clock = new AtomicLong(1);
  private final AtomicInteger ended = new AtomicInteger();
  private final HttpLimits limits = new HttpLimits(100, 32 << 10, LONG, LONG, LONG, LIMIT, 100);
  private final OpenConnections connections = new OpenConnections(limits, 100, 1 << 20, clock::get);
  private final List<AutoCloseable> closed = new ArrayList<>();
  private final XnioWorker worker;

  SlowReaderTest() throws IOException {
    worker = Xnio.getInstance().createWorker(OptionMap.EMPTY);
  }

  @BeforeEach
  void writeBody() throws IOException {
    Files.write(directory.resolve("body"), new byte[BODY]);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : closed) {
      each.close();
    }
    worker.shutdownNow();
    worker.awaitTermination();
  }

  private InetSocketAddress listen(Protocol protocol) throws IOException {
    HttpConfig base =
        protocol == Protocol.HTTP
            ? RunningServer.LOOPBACK
            : Https.config(
                directory,
                protocol == Protocol.HTTP2 ? HttpConfig.Http2.ENABLED : HttpConfig.Http2.DISABLED);
    HttpConfig config =
        new HttpConfig(
            base.addr(),
            base.prefix(),
            Optional.empty(),
            base.headers(),
            base.drainTimeout(),
            limits,
            base.tls(),
            base.http2(),
            Optional.empty());
    Protocols protocols =
        new Protocols(
            config,
            connections,
            new Capacity(Long.MAX_VALUE, Long.MAX_VALUE, 128 << 20),
            new ClientLimits(limits, Capacity.ofProcess(), connections, this::sendBody));
    Acceptor acceptor = new Acceptor(connections, protocols.listener());
    AcceptingChannel<? extends StreamConnection> socket =
        protocol == Protocol.HTTP
            ? protocols.listen(worker, acceptor)
            : protocols.listen(worker, acceptor, TlsContext.of(config.tls().orElseThrow()));
    socket.resumeAccepts();
    closed.add(socket);
    return socket.getLocalAddress(InetSocketAddress.class);
  }

  private void sendBody(HttpServerExchange exchange) throws IOException {
    FileChannel body = FileChannel.open(directory.resolve("body"));
    exchange.setResponseContentLength(BODY);
    exchange.addExchangeCompleteListener(
        (completed, next) -> {
          IoUtils.safeClose(body);
          ended.incrementAndGet();
          next.proceed();
        });
    exchange.getResponseSender().transferFrom(body, IoCallback.END_EXCHANGE);
  }

  private Socket connect(Protocol protocol) throws IOException {
    Socket socket = new Socket();
    closed.add(socket);
    socket.setReceiveBufferSize(64 << 10);
    socket.setSoTimeout((int) RunningServer.DEADLINE.toMillis());
    socket.connect(listen(protocol));
    return socket;
  }

  /** Asks for many bodies at once where the protocol allows it, with windows that take them all. */
  private Client ask(Protocol protocol) throws IOException {
    Socket tcp = connect(protocol);
    if (protocol == Protocol.HTTP2) {
      Http2Frames frames = http2(tcp, BODY);
      for (int stream = 1; stream < 80; stream += 2) {
        frames.get(stream, "/");
      }
      return client(frames);
    }
    Socket socket =
        protocol == Protocol.HTTP
            ? tcp
            : Https.trusting().getSocketFactory().createSocket(tcp, null, tcp.getPort(), true);
    socket
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return new Client() {
      @Override
      public void take(int bytes) throws IOException {
        socket.getInputStream().skipNBytes(bytes);
      }

      @Override
      public void close() throws IOException {
        socket.close();
      }
    };
  }

  private static Http2Frames http2(Socket tcp, int window) throws IOException {
    Http2Frames frames = Http2Frames.connect(tcp);
    frames.settings(window);
    frames.open(0, 1 << 30);
    return frames;
  }

  private static Client client(Http2Frames frames) {
    return new Client() {
      @Override
      public void take(int bytes) throws IOException {
        assertThat(frames.take(bytes)).doesNotContain(Http2Frames.RST_STREAM);
      }

      @Override
      public void close() throws IOException {
        frames.close();
      }
    };
  }

  private void pass(double limits) {
    clock.addAndGet((long) (limits * LIMIT.toNanos()));
  }

  private WatchedConnection connection() {
    return connections.all().iterator().next();
  }

  private void awaitBlocked() {
    ServerTest.await(() -> connection().blockedFor(clock.get()) > 0);
  }

  @ParameterizedTest
  @EnumSource
  void oneThatTakesALittleAgainAndAgainIsNotCutOff(Protocol protocol) throws IOException {
    try (Client client = ask(protocol)) {
      client.take(1);
      for (int i = 0; i < 10; i++) {
        awaitBlocked();
        pass(0.9);
        client.take(PIECE);
        ServerTest.await(
            () -> {
              connections.closeOverdue();
              return connections.count() == 0
                  || connection().blockedFor(clock.get()) < LIMIT.toNanos() / 2;
            });
        connections.closeOverdue();
        assertThat(connections.count()).isEqualTo(1);
      }
      assertThat(ended).hasValue(0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneThatTakesNothingIsCutOff(Protocol protocol) throws IOException {
    try (Client client = ask(protocol)) {
      client.take(1);
      awaitBlocked();
      pass(0.9);
      connections.closeOverdue();
      assertThat(connections.count()).isEqualTo(1);

      // At first the system makes its send buffer larger, again and again.
      ServerTest.await(
          () -> {
            pass(0.2);
            connections.closeOverdue();
            return connections.count() == 0;
          });
    }
  }

  @Test
  void oneThatOpensAWindowALittleAgainAndAgainIsNotCutOff() throws IOException {
    try (Http2Frames client = http2(connect(Protocol.HTTP2), 1_000)) {
      client.get(1, "/");
      client.await(Http2Frames.DATA, 1);
      for (int i = 0; i < 5; i++) {
        pass(0.9);
        connections.closeOverdue();
        client.open(1, 1_000);
        client.await(Http2Frames.DATA, 1);
      }
      assertThat(ended).hasValue(0);
    }
  }

  @Test
  void oneAnswerIsCutOffIfItsWindowStaysClosedThoughTheConnectionIsSlow() throws IOException {
    try (Http2Frames client = http2(connect(Protocol.HTTP2), 1_000)) {
      client.get(1, "/");
      client.await(Http2Frames.DATA, 1);
      client.get(3, "/");
      client.open(3, BODY);
      client.await(Http2Frames.DATA, 3);
      boolean reset = false;
      for (int i = 0; i < 3; i++) {
        awaitBlocked();
        pass(0.9);
        reset |= client.take(PIECE).contains(Http2Frames.RST_STREAM);
        ServerTest.await(
            () -> {
              connections.closeOverdue();
              return connection().blockedFor(clock.get()) < LIMIT.toNanos() / 2;
            });
      }
      if (!reset) {
        client.await(Http2Frames.RST_STREAM, 1);
      }
      assertThat(connections.count()).isEqualTo(1);
    }
  }
}
