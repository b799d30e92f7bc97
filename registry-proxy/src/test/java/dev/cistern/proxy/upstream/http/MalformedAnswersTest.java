package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static dev.cistern.proxy.upstream.http.Samples.MANIFEST;
import static dev.cistern.proxy.upstream.http.Samples.MANIFEST_DIGEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever an upstream sends, a call ends with an answer or with a failure of the upstream. */
class MalformedAnswersTest {

  private static final List<String> VALUES =
      List.of(
          "",
          " ",
          "-5",
          "-9223372036854775808",
          "9223372036854775807",
          "9223372036854775808",
          "99999999999999999999999",
          "0",
          "1",
          "abc",
          "1.5",
          "1e5",
          "+7",
          "0x10",
          "5, 5",
          "5, 6",
          "*",
          "\u00e4\u00f6\u00fc",
          "\u00ff\u00fe\u00c3(",
          "\u0000",
          "\u0001\u001f\u007f",
          "%",
          "%zz%00%ff",
          "\"",
          "'\"<>,;=()",
          ";;;===",
          "http://",
          "http://:99999/",
          "http://127.0.0.1:99999/x",
          "http://127.0.0.1:-1/x",
          "http://[::1",
          "http://a..b/",
          "http://xn--/",
          "http://\u00df.\u0130/",
          "//",
          "?",
          "#",
          "text/html; charset=\"\u00e4",
          "text/html; charset=no-such-charset",
          "application/json; charset=",
          "///",
          "a/b/c; d=\"",
          "sha256:",
          "sha256:zz",
          "sha999:" + "0".repeat(64),
          ":",
          "bytes",
          "bytes ",
          "bytes */*",
          "bytes 0-0/0",
          "bytes 9-1/5",
          "bytes 5-99999999999999999999/99999999999999999999",
          "bytes 0-9223372036854775807/*",
          "bytes -1--5/-7",
          "<http://127.0.0.1:99999/>; rel=\"next\"",
          "<>; rel=\"next\"",
          "<\u00e4?last=%ff>; rel=next",
          "<?last=%&n=99999999999>; rel=\"next\"",
          "Bearer realm=\"http://127.0.0.1:99999/token\"",
          "Bearer realm=\"\"",
          "Bearer realm=\"/relative\"",
          "Bearer realm=\"http://127.0.0.1:1/\u00e4\",service=\"\u00e4\u0001\",scope=\"\u00f6 %\"",
          "Bearer realm=http://127.0.0.1:1/,scope=\" \"",
          "Basic realm=\"",
          "chunked",
          "gzip",
          "gzip, chunked",
          "W/\"x",
          "1764201600",
          "Thu, 99 Foo 2026 99:99:99 GMT",
          "100;w=99999999999999",
          "-1;w=-1",
          "x".repeat(20_000));

  private static final List<String> HEADERS =
      List.of(
          "Content-Length",
          "Content-Type",
          "Content-Range",
          "Content-Encoding",
          "Transfer-Encoding",
          "Docker-Content-Digest",
          "ETag",
          "Link",
          "Location",
          "Retry-After",
          "WWW-Authenticate",
          "RateLimit-Limit",
          "RateLimit-Remaining",
          "Connection",
          "Upgrade");

  /** Headers that matter to redirects and refusals too. */
  private static final List<String> EVERYWHERE =
      List.of("Content-Length", "Location", "Retry-After");

  private static final List<String> STATUS_LINES =
      List.of(
          "HTTP/1.1 200 OK",
          "HTTP/1.1 206 Partial Content",
          "HTTP/1.1 401 Unauthorized",
          "HTTP/1.1 307 Temporary Redirect",
          "HTTP/1.1 429 Too Many Requests",
          "HTTP/1.1 503 Service Unavailable");

  /** Answers with these bytes, and closes the connection. */
  private static final class RawServer implements Closeable {

    private final ServerSocket listening;
    private volatile Function<String, byte[]> answer = line -> new byte[0];

    RawServer() {
      try {
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      Thread thread = new Thread(this::run);
      thread.setDaemon(true);
      thread.start();
    }

    String url() {
      return "http://127.0.0.1:" + listening.getLocalPort();
    }

    private void run() {
      while (!listening.isClosed()) {
        try (Socket connection = listening.accept()) {
          BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
          String line = in.readLine();
          String header = line;
          while (header != null && !header.isEmpty()) {
            header = in.readLine();
          }
          if (line != null) {
            OutputStream out = connection.getOutputStream();
            out.write(answer.apply(line));
            out.flush();
          }
        } catch (IOException e) {
          // The client has ended the call.
        }
      }
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }

  private final RawServer server = new RawServer();
  private final Upstream upstream =
      Upstreams.connect(
          UpstreamConfig.builder(server.url())
              .headerTimeout(Duration.ofSeconds(5))
              .stallTimeout(Duration.ofSeconds(5))
              .build());

  @AfterEach
  void stop() throws IOException {
    upstream.close();
    server.close();
  }

  private Map<String, ThrowingCallable> calls() {
    Map<String, ThrowingCallable> calls = new LinkedHashMap<>();
    calls.put("manifest by tag", () -> upstream.manifest(ALPINE, LATEST));
    calls.put("manifest by digest", () -> upstream.manifest(ALPINE, MANIFEST_DIGEST));
    calls.put("head of a manifest", () -> upstream.headManifest(ALPINE, LATEST));
    calls.put("blob", () -> read(ResumePoint.START));
    calls.put("rest of a blob", () -> read(ResumePoint.at(10).ifStill("\"e\"")));
    calls.put("head of a blob", () -> upstream.headBlob(ALPINE, BLOB_DIGEST));
    calls.put("tags", () -> upstream.tags(ALPINE, Page.FIRST));
    return calls;
  }

  private void read(ResumePoint from) throws RegistryException {
    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST, from)) {
      drain(blob);
    }
  }

  private static byte[] content(String line) {
    if (line.contains("/manifests/")) {
      return MANIFEST;
    }
    return line.contains("/blobs/")
        ? Arrays.copyOf(BLOB, 1000)
        : Samples.utf8("{\"name\":\"a\",\"tags\":[\"a\",\"b\"]}");
  }

  /** An answer that is right, but for this header. */
  private static byte[] answer(String line, String status, String header, String value) {
    byte[] body = content(line);
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("content-length", Integer.toString(body.length));
    headers.put("content-type", Samples.OCI_MANIFEST);
    if (status.contains("206")) {
      headers.put("content-range", "bytes 10-" + (body.length + 9) + "/" + (body.length + 10));
    }
    headers.put("connection", "close");
    headers.put(header.toLowerCase(Locale.ROOT), value);
    StringBuilder head = new StringBuilder(status).append("\r\n");
    headers.forEach((name, text) -> head.append(name).append(": ").append(text).append("\r\n"));
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = Arrays.copyOf(start, start.length + body.length);
    System.arraycopy(body, 0, all, start.length, body.length);
    return line.startsWith("HEAD") ? start : all;
  }

  private void assertNoProgrammingErrors(String as) {
    calls()
        .forEach(
            (name, call) -> {
              Throwable thrown = catchThrowable(call);
              if (thrown != null) {
                assertThat(thrown).as("%s, %s", name, as).isInstanceOf(RegistryException.class);
              }
            });
  }

  static Stream<Arguments> headers() {
    return HEADERS.stream()
        .flatMap(
            header ->
                STATUS_LINES.stream()
                    .limit(EVERYWHERE.contains(header) ? STATUS_LINES.size() : 3)
                    .map(status -> Arguments.of(header, status)));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void noHeaderCausesAProgrammingError(String header, String status) {
    for (String value : VALUES) {
      server.answer = line -> answer(line, status, header, value);
      assertNoProgrammingErrors(value);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1",
        "HTTP/1.1 ",
        "HTTP/1.1 x",
        "HTTP/1.1 -1 x",
        "HTTP/1.1 0 x",
        "HTTP/1.1 99 x",
        "HTTP/1.1 1000 x",
        "HTTP/1.1 99999999999 x",
        "HTTP/1.1 100 Continue",
        "HTTP/1.1 101 Switching Protocols",
        "HTTP/1.1 103 Early Hints",
        "HTTP/1.1 204 No Content",
        "HTTP/1.1 205 Reset Content",
        "HTTP/1.1 304 Not Modified",
        "HTTP/1.1 407 Proxy Authentication Required",
        "HTTP/1.1 408 Request Timeout",
        "HTTP/1.1 421 Misdirected Request",
        "HTTP/1.1 600 x",
        "HTTP/9.9 200 OK",
        "ICY 200 OK",
        "\u0000\u0000\u0000",
        ""
      })
  void noStatusLineCausesAProgrammingError(String status) {
    server.answer = line -> answer(line, status, "X-Some", "thing");

    assertNoProgrammingErrors(status);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "true",
        "0",
        "1e999",
        "\"x\"",
        "[]",
        "{}",
        "[[[",
        "{\"tags\":{}}",
        "{\"tags\":[null]}",
        "{\"tags\":[1,[],{}]}",
        "{\"tags\":\"x\"}",
        "{\"token\":null}",
        "{\"token\":{}}",
        "{\"token\":\"\"}",
        "{\"token\":\"\u00e4\"}",
        "{\"token\":\"a\\nb\"}",
        "{\"token\":\"x\",\"expires_in\":1e999}",
        "{\"token\":\"x\",\"expires_in\":-1e999,\"issued_at\":\"+999999999-12-31T23:59:59+18:00\"}",
        "{\"token\":\"x\",\"expires_in\":99999999999999999999,\"issued_at\":\"-999999999-01-01T00:00:00Z\"}",
        "{\"token\":\"x\",\"expires_in\":{},\"issued_at\":[]}",
        "{\"errors\":[{\"code\":[],\"message\":{}}]}",
        "{\"errors\":0}",
        "\u00ff\u00fe",
        "\ufeff{}"
      })
  void noBodyCausesAProgrammingError(String text) {
    String deep = "[".repeat(50_000);
    for (String body : List.of(text, deep, deep.replace("[", "{\"a\":"))) {
      for (String status : List.of("200 OK", "404 Not Found", "401 Unauthorized", "500 Oops")) {
        server.answer = line -> withBody(line, status, body);
        assertNoProgrammingErrors(status);
      }
    }
  }

  /** The token service has the same host, and answers the same. */
  private byte[] withBody(String line, String status, String body) {
    String challenge =
        "WWW-Authenticate: Bearer realm=\"" + server.url() + "/token\",service=\"s\"\r\n";
    String answered = line.contains("/token") ? "200 OK" : status;
    String head = "HTTP/1.1 " + answered + "\r\n" + challenge + "Connection: close\r\n\r\n";
    return (line.startsWith("HEAD") ? head : head + body).getBytes(StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-5", "-1", "abc", "9223372036854775808", "5, 6", "1 000", "+41"})
  void anInvalidLengthIsABadGateway(String length) {
    server.answer = line -> answer(line, "HTTP/1.1 200 OK", "Content-Length", length);

    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> upstream.manifest(ALPINE, LATEST),
            () -> upstream.blob(ALPINE, BLOB_DIGEST),
            () -> upstream.tags(ALPINE, Page.FIRST))) {
      RegistryException failure = failure(call);
      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure).hasMessageContaining("its Content-Length is invalid");
    }
  }

  @Test
  void lengthsThatContradictEachOtherAreABadGateway() {
    server.answer = line -> answer(line, "HTTP/1.1 200 OK", "X", "y\r\nContent-Length: 7\r\nX: y");

    RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

    assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(failure).hasMessageContaining("Content-Length");
  }

  @Test
  void theSameLengthTwiceIsTheLength() throws RegistryException {
    server.answer =
        line ->
            answer(
                line,
                "HTTP/1.1 200 OK",
                "X",
                "y\r\nContent-Length: " + MANIFEST.length + "\r\nX: y");

    assertThat(upstream.manifest(ALPINE, LATEST).digest()).isEqualTo(MANIFEST_DIGEST);
  }

  @Test
  void aTokenServiceWithAnImpossiblePortIsABadGateway() {
    server.answer =
        line ->
            answer(
                line,
                "HTTP/1.1 401 Unauthorized",
                "WWW-Authenticate",
                "Bearer realm=\"https://auth.example.com:99999/token\"");

    assertThat(failure(() -> upstream.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }
}
