package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import mockwebserver3.MockResponse;
import okio.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are read past the HTTP client, which must know nothing of it. */
@Timeout(60)
class BodyReaderTest {

  /** What the HTTP client hands out at a time. */
  private static final int OF_THE_CLIENT = 8192;

  private static final byte[] LARGE = dev.cistern.proxy.testing.Samples.bytes(3_000_001);

  private static void send(OutputStream out, String head, byte[] body) throws IOException {
    out.write(ScriptedServer.answer(head, ""));
    out.write(body);
  }

  private static void large(OutputStream out) throws IOException {
    send(out, "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE.length, LARGE);
  }

  private static Upstream connect(ScriptedServer server, boolean tls) {
    return connect(server, tls, Duration.ofSeconds(20));
  }

  private static Upstream connect(ScriptedServer server, boolean tls, Duration stall) {
    return tls
        ? TestTls.connect(
            UpstreamConfig.builder("https://r.example.com:" + server.port())
                .stallTimeout(stall)
                .build())
        : Upstreams.connect(UpstreamConfig.builder(server.url()).stallTimeout(stall).build());
  }

  private static ScriptedServer start(ScriptedServer.Script script, boolean tls)
      throws IOException {
    return tls ? ScriptedServer.startTls(script) : ScriptedServer.start(script);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReadReturnsMoreThanTheClientHandsOut(boolean tls) throws Exception {
    try (ScriptedServer server = start((line, out) -> large(out), tls);
        Upstream upstream = connect(server, tls);
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      byte[] read = new byte[LARGE.length];
      int most = 0;
      for (int at = 0; at < read.length; ) {
        int n = blob.read(read, at, Math.min(128 * 1024, read.length - at));
        most = Math.max(most, n);
        at += n;
      }

      assertThat(read).isEqualTo(LARGE);
      assertThat(most).isGreaterThan(OF_THE_CLIENT);
      assertThat(blob.read(read, 0, 1)).isEqualTo(-1);
      assertThat(blob.read(read, 0, 1)).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theConnectionIsUsedAgainAfterSuchBodies(boolean tls) throws Exception {
    try (ScriptedServer server = start((line, out) -> large(out), tls);
        Upstream upstream = connect(server, tls)) {
      for (int i = 0; i < 3; i++) {
        try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
          assertThat(drain(blob)).isEqualTo(LARGE);
        }
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void aBlobThatIsReadToItsEndTakesNoByteOfTheNextAnswer() throws Exception {
    try (ScriptedServer server = ScriptedServer.start((line, out) -> large(out));
        Upstream upstream = connect(server, false);
        UpstreamBlob first = upstream.blob(ALPINE, BLOB_DIGEST)) {
      byte[] read = new byte[LARGE.length];
      for (int at = 0; at < read.length; ) {
        at += first.read(read, at, read.length - at);
      }
      try (UpstreamBlob second = upstream.blob(ALPINE, BLOB_DIGEST)) {
        assertThat(first.read(read, 0, read.length)).isEqualTo(-1);
        assertThat(drain(second)).isEqualTo(LARGE);
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void aConnectionWhoseBodyIsLeftNearItsEndIsUsedAgain() throws Exception {
    try (ScriptedServer server = ScriptedServer.start((line, out) -> large(out));
        Upstream upstream = connect(server, false)) {
      try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
        byte[] read = new byte[LARGE.length - 10_000];
        for (int at = 0; at < read.length; ) {
          at += blob.read(read, at, read.length - at);
        }
      }
      try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
        assertThat(drain(blob)).isEqualTo(LARGE);
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBodyThatEndsEarlyIsAnErrorAfterItsBytes(boolean tls) throws Exception {
    ScriptedServer.Script script =
        (line, out) -> {
          send(
              out,
              "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE.length,
              Arrays.copyOf(LARGE, 1_000_000));
          throw new IOException("the test ends the connection");
        };
    try (ScriptedServer server = start(script, tls);
        Upstream upstream = connect(server, tls);
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      byte[] read = new byte[1_000_000];
      for (int at = 0; at < read.length; ) {
        at += blob.read(read, at, read.length - at);
      }
      assertThat(LARGE).startsWith(read);
      assertThat(failure(() -> blob.read(read, 0, 1)).code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBodyThatStallsIsATimeout(boolean tls) throws Exception {
    CompletableFuture<Void> over = new CompletableFuture<>();
    ScriptedServer.Script script =
        (line, out) -> {
          send(out, "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE.length, new byte[10]);
          out.flush();
          over.join();
        };
    try (ScriptedServer server = start(script, tls);
        Upstream upstream = connect(server, tls, Duration.ofMillis(300));
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      byte[] read = new byte[11];

      RegistryException failure =
          failure(
              () -> {
                for (int at = 0; at < read.length; ) {
                  at += blob.read(read, at, read.length - at);
                }
              });

      over.complete(null);
      assertThat(failure.code()).isEqualTo(ErrorCode.GATEWAY_TIMEOUT);
    }
  }

  @Test
  void anAnswerThatFollowsAnUnusedOneIsReadFromItsOwnConnection() throws Exception {
    ScriptedServer.Script script =
        new ScriptedServer.Script() {

          private boolean refused;

          @Override
          public synchronized void answer(String line, OutputStream out) throws IOException {
            if (refused) {
              String text = new String(Samples.BLOB, StandardCharsets.ISO_8859_1);
              out.write(
                  ScriptedServer.answer(
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
                      Integer.toHexString(text.length()) + "\r\n" + text + "\r\n0\r\n\r\n"));
            } else {
              refused = true;
              // The HTTP client sends the request again at once.
              out.write(
                  ScriptedServer.answer(
                      "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 4", "wait"));
            }
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        Upstream upstream = connect(server, false);
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(drain(blob)).isEqualTo(Samples.BLOB);
      assertThat(server.requests()).hasSize(2);
    }
  }

  @Test
  void bodiesOfHttp2AreReadThroughTheClient() throws RegistryException {
    MockResponse answer = new MockResponse.Builder().body(new Buffer().write(LARGE)).build();
    try (FakeServer server = FakeServer.startTls(TestTls.SERVER, request -> answer);
        Upstream upstream =
            TestTls.connect(
                UpstreamConfig.builder("https://r.example.com:" + server.port())
                    .httpVersion(HttpVersion.HTTP_2)
                    .build());
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(drain(blob)).isEqualTo(LARGE);
    }
  }
}
