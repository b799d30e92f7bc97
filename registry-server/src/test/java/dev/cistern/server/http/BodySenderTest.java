package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.Undertow;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodySenderTest {

  private final Queue<WeakReference<byte[]>> bodies = new ConcurrentLinkedQueue<>();

  @ParameterizedTest
  @ValueSource(ints = {5_000, 60_000, 8_000_000})
  void rule11AConnectionThatWaitsForARequestHoldsNoBody(int size) throws IOException {
    Undertow server =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setHandler(
                exchange -> {
                  byte[] body = new byte[size];
                  bodies.add(new WeakReference<>(body));
                  Answers.send(exchange, "text/plain", ByteBuffer.wrap(body));
                })
            .build();
    server.start();
    InetSocketAddress address = (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
    try (Socket client = new Socket(address.getAddress(), address.getPort())) {
      for (int i = 0; i < 2; i++) {
        client
            .getOutputStream()
            .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        String headers = headers(client.getInputStream());
        assertThat(headers).startsWith("HTTP/1.1 200").contains("Content-Length: " + size);
        client.getInputStream().skipNBytes(size);
      }
      assertThat(bodies).hasSize(2);
      awaitCollected();
    } finally {
      server.stop();
    }
  }

  private void awaitCollected() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (bodies.stream().anyMatch(body -> body.get() != null)) {
      assertThat(System.nanoTime()).as("a connection holds its last body").isLessThan(deadline);
      System.gc();
    }
  }

  private static String headers(InputStream in) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      assertThat(next).isNotNegative();
      text.append((char) next);
    }
    return text.toString();
  }
}
