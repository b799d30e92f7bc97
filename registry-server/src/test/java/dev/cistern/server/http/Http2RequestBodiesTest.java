package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.config.HttpConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("RFC 9113 §8.1: a request of HTTP/2 is answered before the end of its body")
class Http2RequestBodiesTest extends ServerTest {

  private static final byte NO_ERROR = 0;

  /** As much as a client may send before the server tells its own limit. */
  private static final int WINDOW = 65_535;

  private static final int FRAME = 16_384;

  @TempDir static Path tls;

  @Override
  HttpConfig http() {
    return Https.config(tls, HttpConfig.Http2.ENABLED);
  }

  private Http2Frames connect() throws IOException {
    Http2Frames client = Http2Frames.connect(server.address().getPort());
    client.settings();
    return client;
  }

  private static void body(Http2Frames client, int stream, int length) throws IOException {
    for (int sent = 0; sent < length; sent += FRAME) {
      client.frame(Http2Frames.DATA, 0, stream, new byte[Math.min(FRAME, length - sent)]);
    }
  }

  private static void ask(Http2Frames client, int stream, String method, String path)
      throws IOException {
    client.frame(
        Http2Frames.HEADERS, Http2Frames.END_HEADERS, stream, Http2Frames.request(method, path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "PUT"})
  void alsoIfItIsNeverSent(String method) throws IOException {
    try (Http2Frames client = connect()) {
      ask(client, 1, method, "/v2/");
      client.await(Http2Frames.HEADERS, 1);
      byte[] code = client.await(Http2Frames.RST_STREAM, 1);
      assertThat(code).containsExactly(0, 0, 0, NO_ERROR);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "PUT"})
  void alsoIfTheClientSendsAllThatItMay(String method) throws IOException {
    try (Http2Frames client = connect()) {
      ask(client, 1, method, "/v2/");
      body(client, 1, WINDOW);
      client.await(Http2Frames.HEADERS, 1);
      client.await(Http2Frames.RST_STREAM, 1);
      // The connection serves others.
      client.get(3, "/v2/");
      client.await(Http2Frames.DATA, 3);
    }
  }

  @Test
  void bodiesDoNotUseUpTheWindowOfTheConnection() throws IOException {
    try (Http2Frames client = connect()) {
      int window = WINDOW;
      for (int i = 0; i < 30; i++) {
        int stream = 2 * i + 1;
        ask(client, stream, "GET", "/v2/");
        body(client, stream, FRAME);
        window -= FRAME;
        client.await(Http2Frames.RST_STREAM, stream);
        window += client.windowSeen();
        assertThat(window).isPositive();
      }
    }
  }

  @Test
  void alsoIfTheAnswerTakesTime() throws IOException {
    Tap tap = new Tap();
    Digest cold = upstream.blob(REPOSITORY, Samples.bytes(1_000, 10), tap);
    try (Http2Frames client = connect()) {
      ask(client, 1, "GET", blobPath(cold));
      body(client, 1, FRAME);
      client.get(3, "/v2/");
      client.await(Http2Frames.DATA, 3);
      tap.open();
      client.await(Http2Frames.DATA, 1);
      client.await(Http2Frames.RST_STREAM, 1);
    }
  }
}
