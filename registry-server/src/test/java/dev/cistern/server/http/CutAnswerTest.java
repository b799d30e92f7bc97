package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.SameThreadExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xnio.channels.StreamSinkChannel;

/** An answer that is ended for other clients, by a thread of theirs. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CutAnswerTest {

  private final CompletableFuture<HttpServerExchange> begun = new CompletableFuture<>();
  private final CompletableFuture<Thread> closedOn = new CompletableFuture<>();
  private final Undertow undertow =
      Undertow.builder()
          .addHttpListener(0, "127.0.0.1")
          .setHandler(
              exchange -> {
                exchange
                    .getConnection()
                    .addCloseListener(closed -> closedOn.complete(Thread.currentThread()));
                exchange.setResponseContentLength(10);
                exchange.dispatch(SameThreadExecutor.INSTANCE, () -> begin(exchange));
              })
          .build();

  private void begin(HttpServerExchange exchange) {
    try {
      boolean whole = exchange.getRequestPath().equals("/whole");
      StreamSinkChannel body = exchange.getResponseChannel();
      body.write(ByteBuffer.wrap(new byte[whole ? 10 : 5]));
      body.flush();
      begun.complete(exchange);
      if (whole) {
        new CutAnswer(exchange).close();
        exchange.endExchange();
      }
    } catch (IOException e) {
      begun.completeExceptionally(e);
    }
  }

  @BeforeEach
  void start() {
    undertow.start();
  }

  @AfterEach
  void stop() {
    undertow.stop();
  }

  private RawClient connect() throws IOException {
    return new RawClient((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress());
  }

  @Test
  void theConnectionIsClosedOnItsOwnThread() throws Exception {
    try (RawClient client = connect()) {
      assertThat(client.ask("GET", "/").head().contentLength()).isEqualTo(10);
      HttpServerExchange exchange = begun.get();

      new CutAnswer(exchange).close();

      assertThat(client.untilClosed()).hasSize(5);
      assertThat(closedOn.get()).isSameAs(exchange.getIoThread());
    }
  }

  /** The client has its answer meanwhile, and may have sent its next request. */
  @Test
  void theConnectionOfAnAnswerThatHasEndedStaysOpen() throws Exception {
    try (RawClient client = connect()) {
      for (int i = 0; i < 2; i++) {
        int length = client.ask("GET", "/whole").head().contentLength();
        assertThat(client.body(length)).hasSize(10);
      }
    }
  }
}
