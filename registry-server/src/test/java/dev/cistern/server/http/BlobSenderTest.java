package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.SameThreadExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xnio.IoUtils;

/** The sender alone, with content that does what a transfer does only once in a long while. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BlobSenderTest {

  private final byte[] bytes = Samples.bytes(100_000, 11);
  private final BlockingQueue<HttpServerExchange> exchanges = new LinkedBlockingQueue<>();
  private final CountingBufferPool buffers = new CountingBufferPool();
  private Undertow undertow = Undertow.builder().build();

  @AfterEach
  void stop() {
    undertow.stop();
  }

  private RawClient connect(ScriptedContent content) throws IOException {
    undertow =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setByteBufferPool(buffers)
            .setHandler(
                exchange ->
                    exchange.dispatch(
                        SameThreadExecutor.INSTANCE,
                        () -> {
                          if (content.size().isPresent()) {
                            exchange.setResponseContentLength(content.size().getAsLong());
                          } else {
                            exchange.getResponseHeaders().put(Headers.TRANSFER_ENCODING, "chunked");
                          }
                          BlobSender.send(
                              exchange,
                              content,
                              List.of(new Segment.Bytes(0, content.size().orElse(Long.MAX_VALUE))));
                          exchanges.add(exchange);
                        }))
            .build();
    undertow.start();
    return new RawClient((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress());
  }

  private String chunked(RawClient client) throws IOException {
    assertThat(client.head().header("Transfer-Encoding")).hasValue("chunked");
    return new String(client.untilClosed(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void contentOfUnknownSizeEndsWhereItEnds() throws Exception {
    ScriptedContent content = new ScriptedContent(bytes, OptionalLong.empty());
    try (RawClient client = connect(content)) {
      client.ask("GET", "/", "Connection: close");
      content.reveal(50_000);
      content.reveal(bytes.length);
      content.end();

      assertThat(chunked(client)).endsWith("\r\n0\r\n\r\n").hasSizeGreaterThan(bytes.length);
    }
  }

  @Test
  void contentOfUnknownSizeThatEndsJustBeforeTheSenderWaitsEnds() throws Exception {
    ScriptedContent content =
        new ScriptedContent(bytes, OptionalLong.empty()) {
          @Override
          public synchronized boolean whenAvailable(long position, Runnable wake) {
            // Between the sender's look and this, the transfer came to its end.
            end();
            return super.whenAvailable(position, wake);
          }
        };
    content.reveal(bytes.length);
    try (RawClient client = connect(content)) {
      client.ask("GET", "/", "Connection: close");

      assertThat(chunked(client)).endsWith("\r\n0\r\n\r\n").hasSizeGreaterThan(bytes.length);
    }
  }

  @Test
  void contentOfUnknownSizeThatFailsNeverLooksComplete() throws Exception {
    ScriptedContent content = new ScriptedContent(bytes, OptionalLong.empty());
    content.reveal(50_000);
    try (RawClient client = connect(content)) {
      client.ask("GET", "/");
      content.awaitWaiter();

      content.fail();

      assertThat(chunked(client)).doesNotEndWith("0\r\n\r\n");
    }
  }

  @Test
  void contentThatFailsBeforeItsFirstByteIsSeenToFail() throws Exception {
    ScriptedContent content = new ScriptedContent(bytes, OptionalLong.of(bytes.length));
    content.fail();
    try (RawClient client = connect(content)) {
      client.ask("GET", "/");

      assertThat(client.head().contentLength()).isEqualTo(bytes.length);
      assertThat(client.untilClosed()).isEmpty();
    }
  }

  @Test
  void contentThatEndsBeforeItsSizeNeverLooksComplete() throws Exception {
    ScriptedContent content = new ScriptedContent(bytes, OptionalLong.of(bytes.length));
    content.reveal(50_000);
    try (RawClient client = connect(content)) {
      client.ask("GET", "/");
      content.awaitWaiter();

      content.end();

      assertThat(client.head().contentLength()).isEqualTo(bytes.length);
      assertThat(client.untilClosed()).hasSizeLessThan(bytes.length);
    }
  }

  @Test
  void anAnswerIsCutWhateverReadingItThrows() throws Exception {
    ScriptedContent content =
        new ScriptedContent(bytes, OptionalLong.of(bytes.length)) {
          @Override
          public int read(ByteBuffer target, long position) {
            throw new NoClassDefFoundError("of this test");
          }
        };
    content.reveal(bytes.length);
    try (RawClient client = connect(content)) {
      client.ask("GET", "/");

      assertThat(client.untilClosed()).hasSizeLessThan(bytes.length);
      ServerTest.await(() -> buffers.buffersOut() == 0);
    }
  }

  @Test
  void buffersAreOnlyHeldWhileTheyAreSent() throws Exception {
    ScriptedContent content = new ScriptedContent(bytes, OptionalLong.of(bytes.length));
    content.reveal(50_000);
    try (RawClient client = connect(content)) {
      client.ask("GET", "/");
      client.head();
      client.body(50_000);
      content.awaitWaiter();

      assertThat(buffers.buffersOut()).isZero();

      content.reveal(bytes.length);
      client.body(50_000);
    }
  }

  @Test
  void bufferThatIsBeingReadIntoIsNotGivenBack() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch readOn = new CountDownLatch(1);
    ScriptedContent content =
        new ScriptedContent(bytes, OptionalLong.of(bytes.length)) {
          @Override
          public int read(ByteBuffer target, long position) throws IOException {
            reading.countDown();
            awaitUninterrupted(readOn);
            return super.read(target, position);
          }
        };
    content.reveal(bytes.length);
    try (RawClient client = connect(content)) {
      client.ask("GET", "/");
      reading.await();
      HttpServerExchange exchange = exchanges.take();
      CountDownLatch completed = new CountDownLatch(1);
      exchange
          .getIoThread()
          .execute(
              () -> {
                exchange.addExchangeCompleteListener(
                    (ended, next) -> {
                      next.proceed();
                      completed.countDown();
                    });
                IoUtils.safeClose(exchange.getConnection());
              });
      completed.await();

      assertThat(buffers.buffersOut()).isOne();

      readOn.countDown();
      ServerTest.await(() -> buffers.buffersOut() == 0);
    } finally {
      readOn.countDown();
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // A device does not let itself be interrupted either.
      }
    }
  }
}
