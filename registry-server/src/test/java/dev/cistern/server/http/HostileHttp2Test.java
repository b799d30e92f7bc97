package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Bytes;
import dev.cistern.server.config.HttpConfig;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("RFC 9113 §5.4: a client that breaks the protocol loses its connection or stream only")
class HostileHttp2Test extends ServerTest {

  @TempDir static Path tls;

  private final LoggedLines log = new LoggedLines();

  @Override
  HttpConfig http() {
    return Https.config(tls, HttpConfig.Http2.ENABLED);
  }

  @AfterEach
  void nothingAlarmingIsLogged() {
    log.close();
    assertThat(log.alarming()).isEmpty();
  }

  private Http2Frames connect() throws IOException {
    Http2Frames client = Http2Frames.connect(server.address().getPort());
    client.settings();
    return client;
  }

  private void assertServes() throws IOException {
    try (Http2Frames client = connect()) {
      client.get(1, "/v2/");
      client.await(Http2Frames.DATA, 1);
    }
  }

  /** Sends until the server has closed the connection, and reads what it says. */
  private static void sendUntilClosed(Http2Frames client, byte[] headers, int frames)
      throws IOException {
    try {
      client.frame(Http2Frames.HEADERS, Http2Frames.END_STREAM, 1, headers);
      for (int i = 0; i < frames; i++) {
        client.frame(Http2Frames.CONTINUATION, 0, 1, Http2Frames.header("x" + i, "y".repeat(1000)));
      }
    } catch (SocketException e) {
      // Closed while the test still sent.
      assertThat(e).hasMessageMatching("(?i).*(reset|broken|abort).*");
    }
    client.awaitClosed();
  }

  @DisplayName("RFC 7541 §4.3, §5.1, §6: blocks that cannot be decoded")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "3fffffffff07", // a table size that does not fit into an int
        "3fffffffffffffffff7f",
        "ffffffffff07", // an index that does not
        "ffffffffffffffffff7f",
        "be", // an index of a dynamic table that is empty
        "ff8001",
        "7f8001", // the same for a name
        "80", // the index 0
        "0fffffffff0f0161",
        "007fffffffff07", // lengths
        "0001617fffffffff0f",
        "00ffffffffff0f",
        "0081ff016100", // a Huffman code without an end
        "0084ffffffff0161",
        "000001", // no name
        "00013a0161", // a name that is a colon
        "0001610161", // no method
        "3f", // not complete
      })
  void aHeaderBlockThatIsInvalidEndsTheConnection(String block) throws IOException {
    try (Http2Frames client = connect()) {
      byte[] bytes = HexFormat.of().parseHex(block);
      client.frame(Http2Frames.HEADERS, Http2Frames.END_STREAM | Http2Frames.END_HEADERS, 1, bytes);
      client.frame(Http2Frames.HEADERS, Http2Frames.END_STREAM | Http2Frames.END_HEADERS, 3, bytes);
      client.frame(Http2Frames.GOAWAY, 0, 0, new byte[8]);
      client.awaitClosed();
    }
    assertServes();
  }

  @Test
  void aTableSizeThatOverflowsIsAnsweredWithGoAway() throws IOException {
    try (Http2Frames client = connect()) {
      client.frame(
          Http2Frames.HEADERS,
          Http2Frames.END_STREAM | Http2Frames.END_HEADERS,
          1,
          HexFormat.of().parseHex("3fffffffff07"));
      client.await(Http2Frames.GOAWAY, 0);
      client.awaitClosed();
    }
  }

  @Test
  void headersWithoutAnEndEndTheConnection() throws IOException {
    for (int i = 0; i < 5; i++) {
      try (Http2Frames client = connect()) {
        sendUntilClosed(client, Http2Frames.request("GET", "/v2/"), 2_000);
      }
    }
    assertServes();
  }

  @Test
  void emptyContinuationsWithoutAnEndEndTheConnection() throws IOException {
    try (Http2Frames client = connect()) {
      client.frame(
          Http2Frames.HEADERS, Http2Frames.END_STREAM, 1, Http2Frames.request("GET", "/v2/"));
      for (int i = 0; i < 20_000; i++) {
        client.frame(Http2Frames.CONTINUATION, 0, 1, new byte[0]);
      }
      client.awaitClosed();
    } catch (SocketException e) {
      assertThat(e).hasMessageMatching("(?i).*(reset|broken|abort).*");
    }
    assertServes();
  }

  @Test
  void aFirstFrameThatIsNotTheSettingsEndsTheConnection() throws IOException {
    try (Http2Frames client = Http2Frames.connect(server.address().getPort())) {
      client.preface();
      client.get(1, "/v2/");
      client.awaitClosed();
    }
    assertServes();
  }

  @Test
  void anotherProtocolThanTheOneChosenEndsTheConnection() throws IOException {
    try (Http2Frames client = Http2Frames.connect(server.address().getPort())) {
      client.get(1, "/v2/");
      client.awaitClosed();
    }
    assertServes();
  }

  @Test
  void aContentLengthThatIsNoNumberEndsTheConnection() throws IOException {
    try (Http2Frames client = connect()) {
      client.frame(
          Http2Frames.HEADERS,
          Http2Frames.END_HEADERS,
          1,
          Http2Frames.request("GET", "/v2/", "content-length", "x"));
      client.awaitClosed();
    }
    assertServes();
  }

  /** Frames with random types, flags, streams and contents, some of them requests. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyFramesEndTheirConnectionAtMost(long seed) throws IOException {
    Random random = new Random(seed);
    for (int i = 0; i < 50; i++) {
      try (Http2Frames client = connect()) {
        for (int j = 0; j < 20; j++) {
          send(client, random);
        }
        client.frame(Http2Frames.GOAWAY, 0, 0, new byte[8]);
        client.awaitClosed();
      } catch (SocketException | EOFException e) {
        // Closed while the test still sent.
      }
    }
    assertServes();
  }

  private static void send(Http2Frames client, Random random) throws IOException {
    int type = random.nextInt(11);
    int stream = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(12);
    int flags = random.nextInt(3) == 0 ? random.nextInt(256) : 5;
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    if (random.nextBoolean()) {
      payload.writeBytes(
          Http2Frames.request("GET", random.nextBoolean() ? "/v2/" : "/v2/a/tags/list"));
    }
    // The lengths of most frames, so that they are looked at: 4, 5, 6 for each setting, 8.
    byte[] bytes = new byte[random.nextBoolean() ? 4 + random.nextInt(5) : random.nextInt(40)];
    random.nextBytes(bytes);
    if (random.nextBoolean() && bytes.length > 1) {
      // A setting that exists.
      bytes[0] = 0;
      bytes[1] = (byte) (1 + random.nextInt(6));
    }
    payload.writeBytes(bytes);
    client.frame(type, flags, stream, payload.toByteArray());
  }

  @DisplayName("§8.2.1: field values with line ends, NUL, or spaces around them are malformed")
  @ParameterizedTest
  @ValueSource(
      strings = {"a\rb", "a\nb", "a\0b", "\r\nX-Other: 1", " a", "a ", "\ta", "a\t", " ", "\t"})
  void aHeaderValueThatIsMalformedIsRefused(String value) throws IOException {
    try (Http2Frames client = connect()) {
      client.frame(
          Http2Frames.HEADERS,
          Http2Frames.END_STREAM | Http2Frames.END_HEADERS,
          1,
          Http2Frames.request("GET", "/v2/", "x-request-id", value));
      client.await(Http2Frames.RST_STREAM, 1);
      client.get(3, "/v2/");
      client.await(Http2Frames.DATA, 3);
    }
  }

  @Test
  void aRequestThatArrivesTogetherWithARefusedOneIsAnswered() throws IOException {
    try (Http2Frames client = connect()) {
      int flags = Http2Frames.END_STREAM | Http2Frames.END_HEADERS;
      byte[] refused = Http2Frames.request("GET", "/v2/", "x-request-id", "a\nb");
      byte[] next = Http2Frames.request("GET", "/v2/");
      client.send(
          Bytes.concat(
              Http2Frames.bytes(Http2Frames.HEADERS, flags, 1, refused),
              Http2Frames.bytes(Http2Frames.HEADERS, flags, 3, next)));
      client.await(Http2Frames.RST_STREAM, 1);
      client.await(Http2Frames.DATA, 3);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a \t b", "a"})
  void aHeaderValueWithSpacesInItIsTaken(String value) throws IOException {
    try (Http2Frames client = connect()) {
      client.frame(
          Http2Frames.HEADERS,
          Http2Frames.END_STREAM | Http2Frames.END_HEADERS,
          1,
          Http2Frames.request("GET", "/v2/", "accept", value));
      client.await(Http2Frames.DATA, 1);
    }
  }
}
