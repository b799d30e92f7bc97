package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("RFC 9112 §6.3, §11.2: where a request ends is never in doubt")
class RequestFramingTest extends ServerTest {

  private static final String NEXT = "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n";

  private String answers(String request) throws IOException {
    try (RawClient client = new RawClient(server.address())) {
      return new String(client.send(request).untilClosed(), StandardCharsets.ISO_8859_1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
        "HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n: nameless\r\n\r\n",
        "HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n",
        "HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        "HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      })
  void aRequestToReadWithATransferCodingIsRefusedAndEndsTheConnection(String rest)
      throws IOException {
    String answers = answers("GET /v2/ " + rest.replace("\r\nT", "\r\nHost: x\r\nT") + NEXT);

    assertThat(answers).matches("(?s)HTTP/1\\.[01] 400 .*").contains("Connection: close");
    assertThat(answers).doesNotContain("200 OK");
  }

  @Test
  void anotherRequestWithOneIsAnsweredAndEndsTheConnection() throws IOException {
    String answers =
        answers(
            "PATCH /v2/library/app/blobs/uploads/1 HTTP/1.1\r\nHost: x\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
                + NEXT);

    assertThat(answers).startsWith("HTTP/1.1 405 ").doesNotContain("200 OK");
  }
}
