package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerStreamTest {

  private static final String HEAD = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";

  private long now;
  private boolean requested;

  /** A connection on which the bytes come after the first request. */
  private AnswerStream stream(String bytes, int buffer) {
    return new AnswerStream(
        new ByteArrayInputStream(bytes.getBytes(StandardCharsets.ISO_8859_1)) {
          @Override
          public synchronized int available() {
            return requested ? super.available() : 0;
          }
        },
        buffer,
        () -> now);
  }

  private void begin(AnswerStream stream) throws IOException {
    stream.begin();
    requested = true;
  }

  private static String read(AnswerStream stream) throws IOException {
    byte[] bytes = new byte[8192];
    int n = stream.read(bytes, 0, bytes.length);
    return n < 0 ? "END" : new String(bytes, 0, n, StandardCharsets.ISO_8859_1);
  }

  private static String readAll(AnswerStream stream) throws IOException {
    return new String(stream.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void withoutARequestEverythingPasses() throws IOException {
    assertThat(readAll(stream("\n\n" + HEAD + "x", 4))).isEqualTo("\n\n" + HEAD + "x");
  }

  @Test
  void isCutAfterTheHeadersAndAfterTheBody() throws IOException {
    AnswerStream stream = stream(HEAD + "bodyMORE", 8192);
    begin(stream);

    assertThat(read(stream)).isEqualTo(HEAD);
    stream.body(4);
    assertThat(read(stream)).isEqualTo("body");
    assertThat(read(stream)).isEqualTo("END");
    assertThatExceptionOfType(SpoiledConnectionException.class).isThrownBy(stream::begin);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 8192})
  void chunksEndWithTheirTrailers(int buffer) throws IOException {
    String body = "3\r\nabc\r\n0a ; x=y\n0123456789\r\n000\r\nB: c\r\n\r\n";
    AnswerStream stream = stream(HEAD + body + "MORE", buffer);
    begin(stream);
    StringBuilder head = new StringBuilder();
    while (head.length() < HEAD.length()) {
      head.append(read(stream));
    }
    stream.chunkedBody();

    assertThat(readAll(stream)).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", ";x\r\n", "3\r\nabcd\r\n", "1000000000000000\r\n"})
  void chunksThatContradictTheirSizesAreAnError(String body) throws IOException {
    AnswerStream stream = stream(HEAD + body, 8192);
    begin(stream);
    read(stream);
    stream.chunkedBody();

    assertThatExceptionOfType(ProtocolException.class).isThrownBy(stream::readAllBytes);
  }

  @Test
  void aConnectionMustBeSilentForASecondAfterAnAnswerWithoutABody() throws IOException {
    AnswerStream stream = stream(HEAD, 8192);
    begin(stream);
    read(stream);
    stream.noBody();

    now = AnswerStream.SILENCE_NANOS - 1;
    assertThatExceptionOfType(SpoiledConnectionException.class).isThrownBy(stream::begin);

    now = AnswerStream.SILENCE_NANOS;
    stream.begin();
    assertThat(stream.isUsed()).isTrue();
  }

  @Test
  void anIncompleteAnswerSpoilsTheConnection() throws IOException {
    AnswerStream stream = stream(HEAD + "body", 8192);
    begin(stream);
    read(stream);
    stream.body(5);
    read(stream);

    assertThatExceptionOfType(SpoiledConnectionException.class).isThrownBy(stream::begin);
  }

  @Test
  void whatIsTakenIsCountedByTheClientAndNotGivenToIt() throws IOException {
    AnswerStream stream = stream(HEAD + "0123456789MORE", 4);
    begin(stream);
    readHead(stream);
    stream.body(10);

    byte[] taken = new byte[10];
    int first = stream.take(taken, 0, 3);
    byte[] counted = {'-', '-', '-', '-'};
    assertThat(stream.read(counted, 0, 4)).isEqualTo(first);
    assertThat(counted).containsOnly('-');
    for (int at = first; at < 10; ) {
      at += stream.take(taken, at, 10 - at);
    }

    assertThat(new String(taken, StandardCharsets.ISO_8859_1)).isEqualTo("0123456789");
    assertThat(stream.take(taken, 0, 10)).isLessThanOrEqualTo(0);
    assertThat(stream.read(new byte[100], 0, 100)).isEqualTo(10 - first);
    assertThat(stream.read(new byte[100], 0, 100)).isEqualTo(-1);
  }

  @Test
  void bytesThatWereTakenAndNotCountedSpoilTheConnection() throws IOException {
    AnswerStream stream = stream(HEAD + "body", 8192);
    begin(stream);
    readHead(stream);
    stream.body(4);
    assertThat(stream.take(new byte[4], 0, 4)).isEqualTo(4);

    assertThatExceptionOfType(SpoiledConnectionException.class).isThrownBy(stream::begin);

    assertThat(read(stream)).hasSize(4);
    stream.begin();
  }

  private static void readHead(AnswerStream stream) throws IOException {
    for (int read = 0; read < HEAD.length(); ) {
      read += read(stream).length();
    }
  }
}
