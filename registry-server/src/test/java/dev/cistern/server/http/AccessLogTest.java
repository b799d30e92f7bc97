package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.UpstreamLogin;
import dev.cistern.server.logging.Logging;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AccessLogTest {

  /** Fields parted by spaces, each of them one word, or in quotes. */
  private static final Pattern LINE =
      Pattern.compile(
          "\\S+ INFO  [A-Z]+ (?<path>[^ \"]+|\"([^\"\\\\]|\\\\.)*\") \\d+ \\d+B \\S+ms"
              + "( [a-z]+=([^ \"]+|\"([^\"\\\\]|\\\\.)*\"))* id=[0-9a-f]{16}");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @AfterEach
  void leaveNothingBehind() {
    Logging.configure(LogConfig.DEFAULT, OutputStream.nullOutputStream());
  }

  private RunningServer serve(FakeUpstream upstream, LogConfig log) throws IOException {
    Logging.configure(log, out);
    return RunningServer.start(
        new ServerConfig(
            log,
            RunningServer.inMemory(),
            RunningServer.LOOPBACK,
            RunningServer.proxy(upstream, new UpstreamLogin.Anonymous())));
  }

  private List<String> requestLines() {
    return out.toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.contains(" cache=") || line.contains("\"cache\":"))
        .toList();
  }

  private String lastLine(int count) {
    ServerTest.await(() -> requestLines().size() == count);
    return requestLines().get(count - 1);
  }

  private static LogConfig format(LogConfig.Format format) {
    return new LogConfig(LogConfig.Level.INFO, format, Map.of(), LogConfig.AccessLog.ENABLED);
  }

  @Test
  void eachRequestLeavesOneLineThatSaysHowItWasAnswered() throws IOException {
    byte[] content = Samples.bytes(1234, 16);
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, LogConfig.DEFAULT);
        RawClient client = server.connect()) {
      Digest digest = upstream.blob("a/b", content);
      String path = "/v2/a/b/blobs/" + digest;
      client.ask("GET", path + "?ns=docker.io", "User-Agent: docker/27.1 (linux)");
      client.body(client.head().contentLength());
      assertThat(lastLine(1))
          .matches(
              "\\S+ INFO  GET "
                  + path
                  + "\\?ns=docker\\.io 200 1234B [0-9.]+ms cache=miss upstream=127\\.0\\.0\\.1:\\d+"
                  + " waited=[0-9.]+ms client=127\\.0\\.0\\.1 agent=\"docker/27\\.1 \\(linux\\)\""
                  + " id=[0-9a-f]{16}");

      client.ask("HEAD", path, "User-Agent: curl/8").head();
      assertThat(lastLine(2))
          .contains(" HEAD " + path + " 200 0B ")
          .contains(" cache=hit client=127.0.0.1 agent=curl/8 id=")
          .doesNotContain("cut=");

      client.ask("GET", path, "Range: bytes=5-9");
      client.body(client.head().contentLength());
      assertThat(lastLine(3)).contains(" 206 5B ").doesNotContain("agent=");

      client.ask("DELETE", path);
      client.body(client.head().contentLength());
      assertThat(lastLine(4))
          .contains(" DELETE " + path + " 405 ")
          .contains(" cache=invalid error=\"UNSUPPORTED: This is a pull-through cache: ");
    }
  }

  @Test
  void jsonHasAMemberForEachPart() throws IOException {
    byte[] content = Samples.bytes(1234, 16);
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, format(LogConfig.Format.JSON))) {
      String path = "/v2/a/b/blobs/" + upstream.blob("a/b", content);
      server.get(path + "?ns=docker.io", "User-Agent", "docker/27.1", "X-Request-Id", "abc-1");

      assertThat(lastLine(1))
          .matches(
              "\\{\"time\":\"[^\"]+\",\"level\":\"info\",\"msg\":\"answered\","
                  + "\"logger\":\"dev\\.cistern\\.access\",\"method\":\"GET\",\"path\":\""
                  + path
                  + "\\?ns=docker\\.io\",\"protocol\":\"HTTP/1\\.1\",\"status\":200,\"bytes\":1234,"
                  + "\"duration_ms\":[0-9.]+,\"cache\":\"miss\",\"upstream\":\"127\\.0\\.0\\.1:\\d+\","
                  + "\"upstream_status\":200,\"upstream_ms\":[0-9.]+,\"client\":\"127\\.0\\.0\\.1\","
                  + "\"agent\":\"docker/27\\.1\",\"id\":\"abc-1\"\\}");
    }
  }

  @Test
  void lineOfAFailedRequestSaysWhy() throws IOException {
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, LogConfig.DEFAULT)) {
      upstream.on(
          "/v2/a/manifests/secret",
          (request, reply) ->
              reply.whole(
                  403,
                  "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"pay first\"}]}"
                      .getBytes(StandardCharsets.UTF_8),
                  "Content-Type: application/json"));
      assertThat(server.get("/v2/a/manifests/secret").statusCode()).isEqualTo(403);

      assertThat(lastLine(1))
          .contains(" 403 ")
          .contains(" cache=refused upstream=127.0.0.1:")
          .contains(" error=\"DENIED: Cannot get manifest a:secret (upstream 127.0.0.1:")
          .contains("it answered 403");
    }
  }

  @Test
  void lineOfAStaleAnswerSaysWhy() throws IOException {
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, LogConfig.DEFAULT)) {
      upstream.manifest("a", "3", Samples.OCI_MANIFEST, Samples.manifest());
      server.get("/v2/a/manifests/3");
      upstream.on("/v2/a/manifests/3", (request, reply) -> reply.whole(503, new byte[0]));
      // The tag is written after it was answered.
      ServerTest.await(() -> server.get("/v2/a/manifests/3").statusCode() == 200);
      ServerTest.await(
          () -> requestLines().stream().anyMatch(line -> line.contains("cache=stale")));

      assertThat(requestLines())
          .filteredOn(line -> line.contains("cache=stale"))
          .first()
          .asString()
          .contains(" 200 ")
          .contains(" cache=stale upstream=127.0.0.1:")
          .contains(" stale=\"Cannot get manifest a:3 (upstream 127.0.0.1:");
    }
  }

  @Test
  void idOfTheRequestIsInTheAnswerAndInTheLine() throws IOException {
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, LogConfig.DEFAULT)) {
      assertThat(ServerTest.header(server.get("/v2/", "X-Request-Id", "abc-123"), "X-Request-Id"))
          .isEqualTo("abc-123");
      assertThat(lastLine(1)).endsWith(" id=abc-123");

      String made = ServerTest.header(server.get("/v2/", "X-Request-Id", "a b"), "X-Request-Id");
      assertThat(made).matches("[0-9a-f]{16}");
      assertThat(lastLine(2)).endsWith(" id=" + made);
    }
  }

  @Test
  void requestWhoseClientLeavesIsLoggedToo() throws IOException {
    // Another blob in each run: this transfer may still be in progress when the server ends, and a
    // later run would resume it from the default spool directory.
    byte[] content = Samples.bytes(3_000_000, ThreadLocalRandom.current().nextInt());
    Tap tap = new Tap();
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, LogConfig.DEFAULT)) {
      Digest digest = upstream.blob("a/b", content, tap);
      tap.openTo(100_000);
      RawClient client = server.connect();
      client.ask("GET", "/v2/a/b/blobs/" + digest).head();
      client.reset();
      tap.open();

      assertThat(lastLine(1))
          .contains("/v2/a/b/blobs/" + digest)
          .contains(" cache=miss ")
          .contains(" cut=");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\u001b[2Kb",
        "a\u0085b",
        "a\u009bb",
        "a\tb\u0007",
        "a\" 200 1B 1ms id=\"b",
        "a\\\"b\\",
        "a\u000bb\u007f",
        "a\rb",
        "\u00e9\u00ff"
      })
  void whatClientsSayOfThemselvesStaysInItsPlace(String agent) throws IOException {
    for (LogConfig.Format format : LogConfig.Format.values()) {
      out.reset();
      LogConfig log = format(format);
      try (FakeUpstream upstream = FakeUpstream.start();
          RunningServer server = serve(upstream, log);
          RawClient client = server.connect()) {
        client.ask("GET", "/v2/", "User-Agent: " + agent, "Connection: close");
        client.untilClosed();
        try (RawClient last = server.connect()) {
          last.ask("GET", "/v2/", "User-Agent: last").head();
        }
        ServerTest.await(() -> requestLines().stream().anyMatch(line -> line.contains("last")));

        String all = out.toString(StandardCharsets.UTF_8);
        assertThat(all.chars().filter(c -> c != '\n').noneMatch(Character::isISOControl)).isTrue();
        // Refused as no request, or one line, and in that the agent as one field.
        assertThat(requestLines()).hasSizeBetween(1, 2);
        if (format == LogConfig.Format.TEXT) {
          assertThat(requestLines()).allMatch(line -> LINE.matcher(line).matches());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void targetsCannotForgeLines(LogConfig.Format format) throws IOException {
    LogConfig log = format(format);
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, log)) {
      for (String target :
          List.of(
              "/v2/a\"b",
              "/v2/?x=\" 200 1B",
              "/v2/%0a%0dforged",
              "/v2/?%0aforged=\u0085",
              "/\u009b")) {
        try (RawClient client = server.connect()) {
          client.ask("GET", target, "Connection: close").untilClosed();
        }
      }
      try (RawClient last = server.connect()) {
        last.ask("GET", "/v2/", "User-Agent: last").head();
      }
      ServerTest.await(() -> requestLines().stream().anyMatch(line -> line.contains("last")));

      String all = out.toString(StandardCharsets.UTF_8);
      assertThat(all.chars().filter(c -> c != '\n').noneMatch(Character::isISOControl)).isTrue();
      assertThat(all.lines()).noneMatch(line -> line.startsWith("forged"));
      if (format == LogConfig.Format.TEXT) {
        assertThat(requestLines()).allMatch(line -> LINE.matcher(line).matches());
      }
    }
  }

  @Test
  void disabledLogHasNoRequests() throws IOException {
    LogConfig log =
        new LogConfig(
            LogConfig.Level.DEBUG, LogConfig.Format.TEXT, Map.of(), LogConfig.AccessLog.DISABLED);
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, log)) {
      assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
    }

    assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("GET /v2/");
  }

  @Test
  void passwordsAreInNoLineWhateverTheLevel() throws IOException {
    LogConfig log =
        new LogConfig(
            LogConfig.Level.DEBUG, LogConfig.Format.TEXT, Map.of(), LogConfig.AccessLog.ENABLED);
    Logging.configure(log, out);
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server =
            RunningServer.start(
                new ServerConfig(
                    log,
                    RunningServer.inMemory(),
                    RunningServer.LOOPBACK,
                    RunningServer.proxy(
                        upstream, new UpstreamLogin.Password("robot", "s3cret"))))) {
      upstream.on(
          "/v2/a/manifests/3",
          (request, reply) ->
              reply.whole(401, new byte[0], "WWW-Authenticate: Basic realm=\"upstream\""));

      assertThat(server.get("/v2/a/manifests/3").statusCode()).isNotEqualTo(200);
      assertThat(upstream.requests()).anyMatch(r -> r.header("Authorization").isPresent());
    }

    assertThat(out.toString(StandardCharsets.UTF_8))
        .isNotEmpty()
        .doesNotContain("s3cret")
        .doesNotContain("cm9ib3Q6czNjcmV0");
  }
}
