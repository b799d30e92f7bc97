package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static dev.cistern.proxy.upstream.http.ScriptedServer.answer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where answers end: nothing after one may become a part of the next one, and no part is endless.
 */
class AnswerEndsTest {

  private static final RepositoryName OTHER = new RepositoryName("library/other");
  private static final String WRONG = "{\"schemaVersion\":2,\"wrong\":true}";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Type: " + Samples.OCI_MANIFEST;

  /** What an attacker would put after an answer: a complete one for another request. */
  private static final String SMUGGLED =
      OK
          + "\r\nDocker-Content-Digest: "
          + Digest.sha256(WRONG.getBytes(StandardCharsets.UTF_8))
          + "\r\nContent-Length: "
          + WRONG.length()
          + "\r\n\r\n"
          + WRONG;

  private static final int MANIFEST_LENGTH = Samples.MANIFEST.length;

  private static Upstream connect(ScriptedServer server) {
    return Upstreams.connect(
        UpstreamConfig.builder(server.url()).stallTimeout(Duration.ofSeconds(20)).build());
  }

  private static void manifest(String line, OutputStream out) throws IOException {
    out.write(
        answer(
            OK + "\r\nContent-Length: " + MANIFEST_LENGTH,
            line.startsWith("HEAD") ? "" : new String(Samples.MANIFEST, StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bytesAfterAHeadAnswerAreNotTheNextAnswer(boolean tls) throws Exception {
    ScriptedServer.Script script =
        (line, out) -> {
          manifest(line, out);
          if (line.startsWith("HEAD")) {
            out.write(SMUGGLED.getBytes(StandardCharsets.UTF_8));
          }
        };
    try (ScriptedServer server =
            tls ? ScriptedServer.startTls(script) : ScriptedServer.start(script);
        Upstream upstream =
            tls
                ? TestTls.connect(
                    UpstreamConfig.builder("https://r.example.com:" + server.port()).build())
                : connect(server)) {
      upstream.headManifest(ALPINE, LATEST);

      assertThat(upstream.manifest(OTHER, LATEST).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
    }
  }

  @Test
  void bytesThatComeAMomentAfterAHeadAnswerAreNotTheNextAnswer() throws Exception {
    try (ScriptedServer server =
            ScriptedServer.start(
                (line, out) -> {
                  manifest(line, out);
                  out.flush();
                  if (line.startsWith("HEAD")) {
                    out.write(SMUGGLED.getBytes(StandardCharsets.UTF_8));
                  }
                });
        Upstream upstream = connect(server)) {
      for (int i = 0; i < 50; i++) {
        upstream.headManifest(ALPINE, LATEST);
        assertThat(upstream.manifest(OTHER, new Tag("t" + i)).digest())
            .isEqualTo(Samples.MANIFEST_DIGEST);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bytesAfterABodyAreNotTheNextAnswer(boolean tls) throws Exception {
    ScriptedServer.Script script =
        (line, out) -> {
          // In one write: what comes later than the next request cannot be told from its answer.
          ByteArrayOutputStream all = new ByteArrayOutputStream();
          manifest(line, all);
          if (line.contains("alpine")) {
            all.write(SMUGGLED.getBytes(StandardCharsets.UTF_8));
          }
          all.writeTo(out);
        };
    try (ScriptedServer server =
            tls ? ScriptedServer.startTls(script) : ScriptedServer.start(script);
        Upstream upstream =
            tls
                ? TestTls.connect(
                    UpstreamConfig.builder("https://r.example.com:" + server.port()).build())
                : connect(server)) {
      upstream.manifest(ALPINE, LATEST);

      assertThat(upstream.manifest(OTHER, LATEST).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
    }
  }

  @Test
  void bytesAfterTheLastChunkAreNotTheNextAnswer() throws Exception {
    try (ScriptedServer server =
            ScriptedServer.start(
                (line, out) -> {
                  if (line.contains("alpine")) {
                    out.write(
                        answer(
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
                            "9;x=y\r\n{\"tags\":[\r\n2\r\n]}\r\n0\r\nA: b\r\n\r\n" + SMUGGLED));
                  } else {
                    manifest(line, out);
                  }
                });
        Upstream upstream = connect(server)) {
      assertThat(upstream.tags(ALPINE, Page.FIRST).tags()).isEmpty();

      assertThat(upstream.manifest(OTHER, LATEST).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 304})
  void bytesAfterAnAnswerWithoutABodyAreNotTheNextAnswer(int status) throws Exception {
    try (ScriptedServer server =
            ScriptedServer.start(
                (line, out) -> {
                  if (line.contains("alpine")) {
                    out.write(answer("HTTP/1.1 " + status + " x", SMUGGLED));
                  } else {
                    manifest(line, out);
                  }
                });
        Upstream upstream = connect(server)) {
      failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(upstream.manifest(OTHER, LATEST).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
    }
  }

  @Test
  void aConnectionIsUsedAgainAfterCompleteAnswers() throws Exception {
    try (ScriptedServer server = ScriptedServer.start(AnswerEndsTest::manifest);
        Upstream upstream = connect(server)) {
      for (int i = 0; i < 5; i++) {
        upstream.manifest(ALPINE, LATEST);
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void informationalAnswersComeBeforeTheRealOne() throws Exception {
    try (ScriptedServer server =
            ScriptedServer.start(
                (line, out) -> {
                  out.write(answer("HTTP/1.1 103 Early Hints\r\nLink: </x>", ""));
                  out.write(answer("HTTP/1.1 100 Continue", ""));
                  manifest(line, out);
                });
        Upstream upstream = connect(server)) {
      for (int i = 0; i < 3; i++) {
        assertThat(upstream.manifest(ALPINE, LATEST).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  /** Sends a part of an answer again and again, until the client closes the connection. */
  private static RegistryException endless(String start, String part) throws IOException {
    byte[] again = part.repeat(Math.max(1, 8192 / part.length())).getBytes(StandardCharsets.UTF_8);
    try (ScriptedServer server =
            ScriptedServer.start(
                (line, out) -> {
                  out.write(start.getBytes(StandardCharsets.UTF_8));
                  // Far more than the limit, and not enough to end the heap of the test.
                  for (int sent = 0; sent < 8 << 20; sent += again.length) {
                    out.write(again);
                  }
                });
        Upstream upstream = connect(server)) {
      RegistryException failure =
          failure(
              () -> {
                try (UpstreamBlob blob = upstream.blob(ALPINE, Samples.BLOB_DIGEST)) {
                  drain(blob);
                }
              });
      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      return failure;
    }
  }

  @Test
  void aChunkExtensionIsNotEndless() throws IOException {
    assertThat(endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=", "a"))
        .hasMessageContaining("the line before a chunk of its body is longer than 4096 bytes");
  }

  @Test
  void aChunkSizeIsNotEndless() throws IOException {
    assertThat(endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"))
        .hasMessageContaining("the size of a chunk of its body is too large");
  }

  @Test
  void theEndOfAChunkIsNotEndless() throws IOException {
    assertThat(endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na", "a"))
        .hasMessageContaining("the line after a chunk of its body is longer than 4096 bytes");
  }

  @Test
  void trailersAreNotEndless() throws IOException {
    assertThat(endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "a: b\r\n"))
        .hasMessageContaining("the trailers of its body are longer than 16384 bytes");
  }

  @Test
  void headersAreNotEndless() throws IOException {
    assertThat(endless("HTTP/1.1 200 OK\r\n", "a: b\r\n"))
        .hasMessageContaining("its headers are longer than 65536 bytes");
    assertThat(endless("HTTP/1.1 200 OK\r\na: ", "b"))
        .hasMessageContaining("its headers are longer than 65536 bytes");
  }

  @Test
  void informationalAnswersAreNotEndless() throws IOException {
    assertThat(endless("", "HTTP/1.1 102 Processing\r\n\r\n"))
        .hasMessageContaining("its headers are longer than 65536 bytes");
  }

  /** A frame of HTTP/2 on the first stream of a client (OkHttp: 3). */
  private static byte[] frame(int type, int stream, byte[] payload) {
    byte[] frame = Arrays.copyOf(new byte[] {0, 0, 0, (byte) type, 0, 0, 0, 0, (byte) stream}, 9);
    frame[1] = (byte) (payload.length >> 8);
    frame[2] = (byte) payload.length;
    byte[] all = Arrays.copyOf(frame, 9 + payload.length);
    System.arraycopy(payload, 0, all, 9, payload.length);
    return all;
  }

  /** Reads frames up to the first headers: an answer before its request is an error. */
  private static void readHeaders(Reader in) throws IOException {
    int type;
    do {
      int length = in.read() << 16 | in.read() << 8 | in.read();
      type = in.read();
      for (int i = 0; i < 5 + length; i++) {
        if (in.read() < 0) {
          throw new EOFException("the client closed the connection");
        }
      }
    } while (type != 1);
  }

  @Test
  void headersOfHttp2AreNotEndless() throws Exception {
    byte[] fields = new byte[5000];
    for (int i = 0; i < fields.length; i += 5) {
      System.arraycopy(new byte[] {0, 1, 'a', 1, 'b'}, 0, fields, i, 5);
    }
    try (ScriptedServer server =
            ScriptedServer.startTls(
                (line, in, out) -> {
                  if (line.startsWith("PRI")) {
                    out.write(frame(4, 0, new byte[0]));
                    return;
                  }
                  readHeaders(in);
                  out.write(frame(1, 3, new byte[] {(byte) 0x88}));
                  for (int sent = 0; sent < 8 << 20; sent += fields.length) {
                    out.write(frame(9, 3, fields));
                  }
                },
                "h2");
        Upstream upstream =
            TestTls.connect(
                UpstreamConfig.builder("https://r.example.com:" + server.port())
                    .httpVersion(HttpVersion.HTTP_2)
                    .headerTimeout(Duration.ofSeconds(20))
                    .build())) {
      RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(Failures.everythingSaidBy(failure))
          .contains("its headers are longer than 65536 bytes");
    }
  }

  @Test
  void aChunkExtensionThatStartsWhileTheAnswerIsClosedIsNotEndless() throws Exception {
    try (ScriptedServer server =
            ScriptedServer.start(
                (line, out) -> {
                  out.write(
                      answer("HTTP/1.1 500 x\r\nTransfer-Encoding: chunked", "2\r\n{}\r\n5;"));
                  byte[] again = new byte[8192];
                  for (int sent = 0; sent < 8 << 20; sent += again.length) {
                    out.write(again);
                  }
                });
        Upstream upstream = connect(server)) {
      assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)))
          .hasMessageContaining("it answered 500");
    }
  }
}
