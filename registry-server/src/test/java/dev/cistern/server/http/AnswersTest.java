package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xnio.channels.StreamSinkChannel;

/** Faults of the cache itself. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AnswersTest {

  private final Undertow undertow =
      Undertow.builder()
          .addHttpListener(0, "127.0.0.1")
          .setHandler(
              exchange ->
                  Answers.answer(
                      exchange,
                      () -> CompletableFuture.completedStage(exchange.getRequestURI()),
                      path -> failFor(exchange, path)))
          .build();

  @BeforeEach
  void start() {
    undertow.start();
  }

  @AfterEach
  void stop() {
    undertow.stop();
  }

  private static void failFor(HttpServerExchange exchange, String path) {
    if (path.equals("/late")) {
      try {
        StreamSinkChannel body = exchange.getResponseChannel();
        body.write(ByteBuffer.wrap("part".getBytes(StandardCharsets.US_ASCII)));
        body.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new IllegalStateException("as the test wants it");
  }

  private RawClient connect() throws IOException {
    return new RawClient((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress());
  }

  @Test
  void faultBeforeTheHeadersIs500AndTellsClientsNothingOfIt() throws IOException {
    try (RawClient client = connect()) {
      RawClient.Head head = client.ask("GET", "/early").head();

      assertThat(head.status()).isEqualTo(500);
      assertThat(new String(client.body(head.contentLength()), StandardCharsets.UTF_8))
          .contains("\"UNKNOWN\"")
          .doesNotContain("as the test wants it");
    }
  }

  @Test
  void faultAfterTheHeadersEndsTheConnectionAndNotTheBody() throws IOException {
    try (RawClient client = connect()) {
      assertThat(client.ask("GET", "/late").head().header("Transfer-Encoding")).hasValue("chunked");

      assertThat(new String(client.untilClosed(), StandardCharsets.US_ASCII))
          .doesNotEndWith("0\r\n\r\n");
    }
  }
}
