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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AccessLogTest {

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
        .filter(line -> line.contains("HTTP/1."))
        .toList();
  }

  @Test
  void eachRequestLeavesOneLine() throws IOException {
    byte[] content = Samples.bytes(1234, 16);
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, LogConfig.DEFAULT);
        RawClient client = server.connect()) {
      Digest digest = upstream.blob("a/b", content);
      client.ask("GET", "/v2/a/b/blobs/" + digest + "?ns=docker.io", "User-Agent: docker/27.1");
      client.body(client.head().contentLength());
      client.ask("HEAD", "/v2/a/b/blobs/" + digest).head();
      client.ask("GET", "/v2/a/b/blobs/" + digest, "Range: bytes=5-9");
      client.body(client.head().contentLength());
      client.ask("DELETE", "/v2/a/b/blobs/" + digest);
      client.body(client.head().contentLength());
      ServerTest.await(() -> requestLines().size() == 4);

      String path = "/v2/a/b/blobs/" + digest;
      assertThat(requestLines().get(0))
          .matches(
              "\\S+ INFO  127\\.0\\.0\\.1 \"GET "
                  + path
                  + "\\?ns=docker\\.io HTTP/1\\.1\" 200 1234 \\d+ms \"docker/27\\.1\"");
      assertThat(requestLines().get(1)).contains("\"HEAD " + path + " HTTP/1.1\" 200 0 ");
      assertThat(requestLines().get(1)).endsWith("ms \"-\"");
      assertThat(requestLines().get(2)).contains("HTTP/1.1\" 206 5 ");
      assertThat(requestLines().get(3)).contains("\"DELETE " + path + " HTTP/1.1\" 405 ");
    }
  }

  @Test
  void requestWhoseClientLeavesIsLoggedToo() throws IOException {
    byte[] content = Samples.bytes(3_000_000, 17);
    Tap tap = new Tap();
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, LogConfig.DEFAULT)) {
      Digest digest = upstream.blob("a/b", content, tap);
      tap.openTo(100_000);
      RawClient client = server.connect();
      client.ask("GET", "/v2/a/b/blobs/" + digest).head();
      client.reset();
      tap.open();

      ServerTest.await(() -> requestLines().size() == 1);
      assertThat(requestLines().get(0)).contains("/v2/a/b/blobs/" + digest);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\u001b[2Kb",
        "a\u0085b",
        "a\u009bb",
        "a\tb\u0007",
        "a\" 200 1 1ms \"b",
        "a\\\"b\\",
        "a\u000bb\u007f",
        "a\rb",
        "\u00e9\u00ff"
      })
  void whatClientsSayOfThemselvesStaysInItsPlace(String agent) throws IOException {
    for (LogConfig.Format format : LogConfig.Format.values()) {
      out.reset();
      LogConfig log =
          new LogConfig(LogConfig.Level.INFO, format, Map.of(), LogConfig.AccessLog.ENABLED);
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
        // Refused as no request, or one line, and in that the agent as its one last field.
        assertThat(requestLines()).hasSizeBetween(1, 2);
        if (requestLines().size() == 2 && format == LogConfig.Format.TEXT) {
          assertThat(requestLines().get(0)).matches("[^\"]*\"[^\"]*\"[^\"]*\"[^\"]*\"");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void targetsCannotForgeLines(LogConfig.Format format) throws IOException {
    LogConfig log =
        new LogConfig(LogConfig.Level.INFO, format, Map.of(), LogConfig.AccessLog.ENABLED);
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningServer server = serve(upstream, log)) {
      for (String target :
          List.of(
              "/v2/a\"b",
              "/v2/?x=\" 200",
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
        assertThat(requestLines())
            .allMatch(line -> line.matches("[^\"]*\"[^\"]*\"[^\"]*\"[^\"]*\""));
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
