package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.SameThreadExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xnio.channels.StreamSinkChannel;

/** Faults of the cache itself. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AnswersTest {

  private final Undertow undertow =
      Undertow.builder()
          .addHttpListener(0, "127.0.0.1")
          .setHandler(
              exchange -> {
                if (exchange.getRequestURI().equals("/crowded")) {
                  waitAmong(new PendingAnswer.Limits(1_000), exchange);
                } else {
                  Answers.answer(
                      exchange,
                      unused -> answerTo(exchange.getRequestURI()),
                      path -> failFor(exchange, path));
                }
              })
          .build();

  private static void waitAmong(PendingAnswer.Limits limits, HttpServerExchange exchange) {
    exchange.dispatch(
        SameThreadExecutor.INSTANCE,
        () ->
            PendingAnswer.await(
                limits,
                exchange,
                new CompletableFuture<String>(),
                (path, failure) -> {},
                path -> {}));
  }

  @BeforeEach
  void start() {
    undertow.start();
  }

  @AfterEach
  void stop() {
    undertow.stop();
  }

  private static CompletionStage<String> answerTo(String path) {
    return path.equals("/memory")
        ? CompletableFuture.<String>failedStage(new OutOfMemoryError("Java heap space"))
            .thenApply(same -> same)
        : path.equals("/later/error")
            ? CompletableFuture.supplyAsync(
                () -> path, CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS))
            : CompletableFuture.completedStage(path);
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
    if (path.endsWith("/error")) {
      throw new OutOfMemoryError("Direct buffer memory");
    }
    throw new IllegalStateException("as the test wants it");
  }

  private RawClient connect() throws IOException {
    return new RawClient((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress());
  }

  @Test
  void requestThatDoesNotFitAmongThoseThatWaitIsRefused() throws IOException {
    try (RawClient client = connect()) {
      RawClient.Head head = client.ask("GET", "/crowded").head();

      assertThat(head.status()).isEqualTo(new TooManyWaiting().code().status());
    }
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

  /** Stages of a request take an Error, and Undertow would end the answer as one without a body. */
  @ParameterizedTest
  @ValueSource(strings = {"/error", "/later/error"})
  void rule1AnErrorWhileAnAnswerBeginsIs500AndNoEmptyAnswer(String path) throws IOException {
    try (RawClient client = connect()) {
      assertThat(client.ask("GET", path).head().status()).isEqualTo(500);
    }
  }

  @Test
  void memoryThatHasRunOutIsPassedOnAsIfItHadEndedTheThread() throws IOException {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    AtomicReference<Throwable> passedOn = new AtomicReference<>();
    Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> passedOn.set(failure));
    try (RawClient client = connect()) {
      assertThat(client.ask("GET", "/memory").head().status()).isEqualTo(500);

      assertThat(passedOn).hasValueMatching(OutOfMemoryError.class::isInstance);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
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
