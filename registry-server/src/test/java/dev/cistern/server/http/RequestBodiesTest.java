package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("RFC 9110 §9.3.1: a request with a body that has no meaning is answered")
class RequestBodiesTest extends ServerTest {

  private static final int PIECE = 64 << 10;

  /** Much less than {@code http.requesttimeout}. */
  private static final Duration SOON = Duration.ofSeconds(10);

  private static String request(String method, long length) {
    return method + " /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n";
  }

  @ParameterizedTest
  @CsvSource({
    "GET, 1",
    "GET, 100000",
    "GET, 10000000000",
    "HEAD, 1",
    "HEAD, 100000",
    "HEAD, 10000000000",
    "OPTIONS, 100000",
    "PUT, 1",
    "PUT, 100000",
    "PUT, 10000000000",
  })
  void alsoIfItIsNeverSent(String method, long length) throws IOException {
    try (RawClient client = new RawClient(server.address())) {
      client.send(request(method, length));

      assertAnswered(method, client.head());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, 1",
    "GET, 100000",
    "GET, 10000000",
    "HEAD, 100000",
    "HEAD, 10000000",
    "OPTIONS, 10000000",
    "PUT, 100000",
    "PUT, 10000000",
  })
  void alsoIfTheClientSendsAllOfItFirst(String method, int length) throws IOException {
    try (Socket client = new Socket()) {
      client.connect(server.address());
      client.setSoTimeout((int) SOON.toMillis());
      OutputStream out = client.getOutputStream();
      try {
        out.write(request(method, length).getBytes(StandardCharsets.US_ASCII));
        for (int sent = 0; sent < length; sent += PIECE) {
          out.write(new byte[Math.min(PIECE, length - sent)]);
        }
      } catch (SocketException e) {
        // The server does not take all of it. What it sent before is there.
        assertThat(e).hasMessageMatching("(?i).*(reset|broken|abort).*");
      }
      byte[] start = client.getInputStream().readNBytes(12);

      assertThat(new String(start, StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 " + (method.equals("PUT") ? 405 : 200));
    }
  }

  @Test
  void withAllOfALargeAnswer() throws IOException {
    byte[] content = Samples.bytes(16 << 20, 3);
    Digest digest = upstream.blob(REPOSITORY, content);
    try (RawClient client = new RawClient(server.address())) {
      client.send(
          "GET " + blobPath(digest) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n");
      client.send("x".repeat(100_000));
      RawClient.Head head = client.head();
      byte[] begin = client.body(content.length - (1 << 20));
      client.send("x".repeat(100_000));
      byte[] end = client.body(1 << 20);

      assertThat(head.status()).isEqualTo(200);
      assertThat(begin).isEqualTo(Arrays.copyOf(content, begin.length));
      assertThat(end).isEqualTo(Arrays.copyOfRange(content, begin.length, content.length));
    }
  }

  private static void assertAnswered(String method, RawClient.Head head) {
    assertThat(head.status()).isEqualTo(method.equals("PUT") ? 405 : 200);
    assertThat(head.header("Connection")).hasValue("close");
  }
}
