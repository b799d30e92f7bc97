package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.ListenAddress;
import io.undertow.server.HttpHandler;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OperatorListenerTest {

  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  private static final Duration SOON = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofHours(1);
  private static final OperatorListener.Timeouts PATIENT =
      new OperatorListener.Timeouts(LONG, LONG);

  private final List<AutoCloseable> closed = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (int i = closed.size() - 1; i >= 0; i--) {
      closed.get(i).close();
    }
  }

  private OperatorListener start(HttpHandler handler, OperatorListener.Timeouts timeouts)
      throws IOException {
    OperatorListener listener =
        OperatorListener.start(
            "http.admin.addr",
            new ListenAddress(Optional.of("127.0.0.1"), 0),
            1,
            handler,
            timeouts);
    closed.add(listener);
    return listener;
  }

  private OperatorListener start(OperatorListener.Timeouts timeouts) throws IOException {
    return start(exchange -> exchange.getResponseSender().send("hello"), timeouts);
  }

  private RawClient connect(OperatorListener listener) throws IOException {
    RawClient client = new RawClient(listener.address());
    closed.add(client);
    return client;
  }

  private static String readToEnd(RawClient client) throws IOException {
    return new String(client.untilClosed(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void closingAgainDoesNothing() throws Exception {
    OperatorListener listener = start(PATIENT);

    listener.close();
    CompletableFuture.allOf(
            CompletableFuture.runAsync(listener::close),
            CompletableFuture.runAsync(listener::close))
        .get(20, TimeUnit.SECONDS);
  }

  @Test
  void silentConnectionsKeepNoOneOut() throws IOException {
    OperatorListener listener = start(PATIENT);
    RawClient first = connect(listener);
    for (int i = 0; i < 200; i++) {
      connect(listener);
    }

    RawClient operator = connect(listener);
    operator.send(REQUEST);

    assertThat(readToEnd(operator)).contains("200 OK").endsWith("hello");
    assertThat(listener.openConnections()).isLessThanOrEqualTo(OperatorListener.MOST_CONNECTIONS);
    assertThat(readToEnd(first)).isEmpty();
  }

  @Test
  void aRequestInProgressIsNotEndedForSilentConnections() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch held = new CountDownLatch(1);
    closed.add(held::countDown);
    OperatorListener listener =
        start(
            exchange ->
                exchange.dispatch(
                    dispatched -> {
                      arrived.countDown();
                      held.await();
                      dispatched.getResponseSender().send("late");
                    }),
            PATIENT);
    RawClient operator = connect(listener);
    operator.send(REQUEST);
    arrived.await();
    RawClient first = connect(listener);
    for (int i = 0; i < OperatorListener.MOST_CONNECTIONS; i++) {
      connect(listener);
    }
    assertThat(readToEnd(first)).isEmpty();

    held.countDown();

    assertThat(readToEnd(operator)).endsWith("late");
  }

  @Test
  void aConnectionWithoutRequestIsClosed() throws IOException {
    RawClient socket = connect(start(new OperatorListener.Timeouts(LONG, SOON)));

    assertThat(readToEnd(socket)).isEmpty();
  }

  @Test
  void aRequestThatIsNotFinishedInTimeIsEnded() throws IOException {
    RawClient socket = connect(start(new OperatorListener.Timeouts(SOON, LONG)));
    socket.send("GET / HTTP/1.1\r\nHost: x\r\n");

    assertThat(readToEnd(socket)).doesNotContain("200 OK");
  }

  @Test
  void headersThatAreTooLargeAreRefused() throws IOException {
    RawClient socket = connect(start(PATIENT));
    try {
      socket.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(20_000) + "\r\n\r\n");
    } catch (SocketException e) {
      // The listener has closed the connection already.
      assertThat(e).hasMessageMatching("(?i).*(reset|broken|abort).*");
    }

    assertThat(readToEnd(socket)).doesNotContain("200 OK");
  }
}
