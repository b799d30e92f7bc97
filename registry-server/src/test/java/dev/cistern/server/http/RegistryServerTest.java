package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.server.RegistryServer;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.StorageConfig;
import dev.cistern.server.config.UpstreamLogin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server as its configuration describes it: how it starts, what it shows, how it stops. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RegistryServerTest {

  private static final String BLOB = "/v2/library/alpine/blobs/";

  @TempDir Path directory;

  private final byte[] content = Samples.bytes(1_000_000, 15);
  private FakeUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private RunningServer serve(HttpConfig http) throws IOException {
    return RunningServer.start(
        RunningServer.config(upstream, RunningServer.inDirectory(directory), http));
  }

  private static HttpConfig draining(Duration timeout) {
    return RunningServer.listening("/", Map.of(), timeout);
  }

  @Nested
  class Starting {

    @Test
    void addressInUseIsAnErrorThatNamesIt() throws IOException {
      try (RunningServer first = serve(RunningServer.LOOPBACK)) {
        int port = first.address().getPort();
        HttpConfig same = RunningServer.listening(port);

        assertThatThrownBy(
                () ->
                    RegistryServer.start(
                        RunningServer.config(upstream, RunningServer.inMemory(), same)))
            .isInstanceOf(IOException.class)
            .hasMessageStartingWith("http.addr: cannot listen on 127.0.0.1:" + port + ": ")
            .hasMessageContaining("in use")
            .hasMessageEndingWith("; stop the other process, or choose another port");
        assertThat(first.get("/v2/").statusCode()).isEqualTo(200);
      }
    }

    @Test
    void nothingIsAskedOfTheUpstreamAndItMayBeDown() throws IOException {
      upstream.goDown();

      try (RunningServer server = serve(RunningServer.LOOPBACK)) {
        assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
      }
    }

    @Test
    void storageThatCannotBeUsedIsAnError() throws IOException {
      Path file = Files.createFile(directory.resolve("file"));
      ServerConfig config =
          RunningServer.config(
              upstream, RunningServer.inDirectory(file.resolve("below")), RunningServer.LOOPBACK);

      assertThatThrownBy(() -> RegistryServer.start(config))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString());
    }
  }

  @Nested
  class Configured {

    @Test
    void headersAreOnEveryAnswer() throws IOException {
      HttpConfig http =
          RunningServer.listening(
              "/",
              Map.of("X-Content-Type-Options", List.of("nosniff"), "X-Two", List.of("a", "b")),
              Duration.ZERO);
      Digest digest = upstream.blob("library/alpine", content);
      try (RunningServer server = serve(http)) {
        for (HttpResponse<byte[]> answer :
            List.of(
                server.get("/v2/"),
                server.get(BLOB + digest),
                server.head(BLOB + digest),
                server.get(BLOB + digest, "Range", "bytes=1-2"),
                server.get(BLOB + digest, "Range", "bytes=1-2,7-8"),
                server.get(BLOB + digest, "Range", "bytes=9999999-"),
                server.get(BLOB + digest, "If-None-Match", "*"),
                server.get("/v2/a/manifests/absent"),
                server.get("/nowhere"),
                server.get("/v2/_catalog"),
                server.ask("DELETE", BLOB + digest))) {
          assertThat(answer.headers().allValues("X-Content-Type-Options"))
              .containsExactly("nosniff");
          assertThat(answer.headers().allValues("X-Two")).containsExactly("a", "b");
          assertThat(answer.headers().allValues("Docker-Distribution-Api-Version"))
              .containsExactly("registry/2.0");
        }
      }
    }

    @Test
    void prefixStandsBeforeEverything() throws IOException {
      HttpConfig http = RunningServer.listening("/mirror/hub/", Map.of(), Duration.ZERO);
      Digest digest = upstream.blob("library/alpine", content);
      try (RunningServer server = serve(http)) {
        assertThat(server.get("/mirror/hub/v2/").statusCode()).isEqualTo(200);
        assertThat(server.get("/mirror/hub" + BLOB + digest).body()).isEqualTo(content);
        for (String path : List.of("/v2/", BLOB + digest, "/mirror/hub", "/mirror/hubv2/")) {
          HttpResponse<byte[]> answer = server.get(path);
          ServerTest.assertError(answer, 404, "NAME_UNKNOWN");
        }
        // For probes.
        assertThat(server.get("/").statusCode()).isEqualTo(200);
        assertThat(server.get("/mirror/hub/").statusCode()).isEqualTo(200);
        ServerTest.assertError(
            server.ask("PUT", "/mirror/hub/v2/a/manifests/b"), 405, "UNSUPPORTED");
      }
    }

    @Test
    void credentialsReachTheUpstreamAndNobodyElse() throws IOException {
      byte[] manifest = Samples.manifest();
      Digest digest = Digest.sha256(content);
      try (FakeUpstream elsewhere = FakeUpstream.start()) {
        elsewhere.on("/signed", (request, reply) -> reply.whole(200, content));
        upstream.on(
            "/v2/library/alpine/manifests/3",
            (request, reply) -> {
              if (request.header("Authorization").isPresent()) {
                reply.whole(200, manifest, "Content-Type: " + Samples.OCI_MANIFEST);
              } else {
                reply.whole(401, new byte[0], "WWW-Authenticate: Basic realm=\"upstream\"");
              }
            });
        upstream.on(
            BLOB + digest,
            (request, reply) -> {
              if (request.header("Authorization").isPresent()) {
                reply.whole(
                    307,
                    new byte[0],
                    "Location: http://localhost:" + elsewhere.uri().getPort() + "/signed");
              } else {
                reply.whole(401, new byte[0], "WWW-Authenticate: Basic realm=\"upstream\"");
              }
            });
        ServerConfig config =
            new ServerConfig(
                LogConfig.DEFAULT,
                RunningServer.inDirectory(directory),
                RunningServer.LOOPBACK,
                RunningServer.proxy(upstream, new UpstreamLogin.Password("robot", "s3cret")));
        try (RunningServer server = RunningServer.start(config)) {
          HttpResponse<byte[]> tag =
              server.get("/v2/library/alpine/manifests/3", "Authorization", "Bearer clients-own");
          HttpResponse<byte[]> blob =
              server.get(BLOB + digest, "Authorization", "Bearer clients-own");

          assertThat(tag.body()).isEqualTo(manifest);
          assertThat(blob.body()).isEqualTo(content);
          assertThat(tag.headers().toString() + blob.headers())
              .doesNotContain("s3cret")
              .doesNotContain("cm9ib3Q6czNjcmV0");
        }
        assertThat(upstream.requests())
            .anyMatch(
                request ->
                    request.header("Authorization").equals(Optional.of("Basic cm9ib3Q6czNjcmV0")));
        assertThat(elsewhere.requests())
            .singleElement()
            .matches(request -> request.header("Authorization").isEmpty());
        assertThat(upstream.requests().toString() + headersOf(upstream) + headersOf(elsewhere))
            .doesNotContain("clients-own");
      }
    }

    private static String headersOf(FakeUpstream asked) {
      return asked.requests().stream().map(FakeUpstream.Request::headers).toList().toString();
    }
  }

  @Nested
  class Stopping {

    private final Tap tap = new Tap();
    private Digest digest;

    @BeforeEach
    void offer() {
      digest = upstream.blob("library/alpine", content, tap);
      tap.openTo(100_000);
    }

    @Test
    void requestsInProgressEndAndNewConnectionsAreRefused() throws Exception {
      Instant started = Instant.now();
      RunningServer server = serve(draining(Duration.ofSeconds(50)));
      try (RawClient inProgress = server.connect()) {
        inProgress.ask("GET", BLOB + digest).head();
        CompletableFuture<Void> stopped = stopLater(server);

        ServerTest.await(() -> isRefused(server));
        assertThat(stopped).isNotDone();
        tap.open();

        assertThat(inProgress.body(content.length)).isEqualTo(content);
        assertThat(inProgress.untilClosed()).isEmpty();
        stopped.join();
        assertThat(Duration.between(started, Instant.now())).isLessThan(Duration.ofSeconds(30));
      }
    }

    private static boolean isRefused(RunningServer server) {
      try (RawClient client = server.connect()) {
        client.ask("GET", "/v2/").head();
        return false;
      } catch (IOException e) {
        return true;
      }
    }

    @Test
    void aRequestThatIsArrivingIsAnsweredAsTheLastOneOfItsConnection() throws Exception {
      RunningServer server = serve(draining(Duration.ofSeconds(50)));
      try (RawClient inProgress = server.connect();
          RawClient arriving = server.connect()) {
        inProgress.ask("GET", BLOB + digest).head();
        arriving.send("GET /v2/ HTTP/1.1\r\nHost:");
        ServerTest.await(() -> server.openConnections() == 2);
        CompletableFuture<Void> stopped = stopLater(server);
        ServerTest.await(() -> isRefused(server));

        RawClient.Head answer = arriving.send(" cache\r\n\r\n").head();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Connection")).contains("close");
        assertThat(arriving.body(answer.contentLength())).isNotEmpty();
        assertThat(arriving.untilClosed()).isEmpty();
        tap.open();
        stopped.join();
      }
    }

    @Test
    void idleConnectionsAreClosedWhileOthersAreInUse() throws Exception {
      RunningServer server = serve(draining(Duration.ofSeconds(50)));
      try (RawClient inProgress = server.connect();
          RawClient idle = server.connect()) {
        inProgress.ask("GET", BLOB + digest).head();
        idle.ask("HEAD", "/v2/").head();
        CompletableFuture<Void> stopped = stopLater(server);

        assertThat(idle.untilClosed()).isEmpty();
        assertThat(stopped).isNotDone();
        tap.open();
        stopped.join();
      }
    }

    @Test
    void aServerThatIsAskedToStopIsNotReadyBeforeItStopsListening() throws Exception {
      HttpConfig http = draining(Duration.ofSeconds(50));
      RunningServer server =
          serve(
              new HttpConfig(
                  http.addr(),
                  http.prefix(),
                  http.host(),
                  http.headers(),
                  http.drainTimeout(),
                  Duration.ofSeconds(2),
                  http.limits(),
                  http.tls(),
                  http.http2(),
                  http.debug(),
                  http.clients(),
                  http.admin()));
      ServerTest.await(() -> server.get("/readyz").statusCode() == 200);
      CompletableFuture<Void> stopped = stopLater(server);

      ServerTest.await(() -> server.get("/readyz").statusCode() == 503);
      assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
      stopped.join();
    }

    @Test
    void requestsThatTakeTooLongAreBrokenOff() throws Exception {
      RunningServer server = serve(draining(Duration.ofMillis(100)));
      try (LoggedLines logged = new LoggedLines();
          RawClient inProgress = server.connect()) {
        inProgress.ask("GET", BLOB + digest).head();

        server.stop();

        assertThat(inProgress.untilClosed()).hasSizeLessThan(content.length);
        ServerTest.await(
            () ->
                logged.lines().stream()
                    .anyMatch(
                        line ->
                            line.contains(digest.toString())
                                && line.contains("cut=the server stopped")));
        assertThat(logged.lines())
            .anyMatch(
                line ->
                    line.startsWith(
                        "Cut off 1 request that was still in progress after 0 s"
                            + " (http.draintimeout)"));
      }
    }

    @Test
    void silentUpstreamDoesNotHoldUpTheEnd() throws Exception {
      CountDownLatch asked = new CountDownLatch(2);
      FakeUpstream.Handler silent =
          (request, reply) -> {
            asked.countDown();
            new CountDownLatch(1).await();
          };
      upstream.on(BLOB + digest, silent);
      upstream.on("/v2/library/alpine/manifests/3", silent);
      RunningServer server = serve(draining(Duration.ofMillis(100)));
      try (RawClient one = server.connect();
          RawClient two = server.connect()) {
        one.ask("GET", BLOB + digest);
        two.ask("GET", "/v2/library/alpine/manifests/3");
        asked.await();
        Instant before = Instant.now();

        server.stop();

        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(8));
        assertThat(one.untilClosed()).isEmpty();
        assertThat(two.untilClosed()).isEmpty();
      }
    }

    @Test
    void idleConnectionsDoNotHoldUpTheEnd() throws Exception {
      RunningServer server = serve(draining(Duration.ofSeconds(50)));
      try (RawClient idle = server.connect();
          RawClient half = server.connect()) {
        idle.ask("HEAD", "/v2/").head();
        half.send("GET /v2/ HTTP/1.1\r\nHost:");
        Instant before = Instant.now();

        server.stop();

        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(20));
        assertThat(idle.untilClosed()).isEmpty();
      }
    }

    @Test
    void storageThatHangsDoesNotHoldUpTheEnd() throws Exception {
      tap.open();
      RunningServer server =
          RunningServer.start(
              RunningServer.config(
                  upstream,
                  new StorageConfig("gated", Map.of()),
                  draining(Duration.ofMillis(100))));
      GatedDriver storage = GatedDriverFactory.lastMade();
      assertThat(server.get(BLOB + digest).body()).isEqualTo(content);
      storage.awaitUse(() -> server.get(BLOB + digest));
      storage.shut();
      try (RawClient client = server.connect()) {
        client.ask("GET", BLOB + digest);
        storage.awaitOpening();
        Instant before = Instant.now();

        server.stop();

        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(20));
      } finally {
        storage.open();
      }
      ServerTest.await(() -> storage.openObjects() == 0);
    }

    @Test
    void whatWasFetchedIsStoredByTheEnd() throws Exception {
      tap.open();
      RunningServer server = serve(draining(Duration.ZERO));
      assertThat(server.get(BLOB + digest).body()).isEqualTo(content);
      server.stop();
      upstream.goDown();

      try (RunningServer restarted = serve(RunningServer.LOOPBACK)) {
        assertThat(Arrays.equals(restarted.get(BLOB + digest).body(), content)).isTrue();
      }
    }

    @Test
    void closingAgainFromTwoThreadsDoesNothing() throws Exception {
      RunningServer server = serve(draining(Duration.ZERO));
      server.close();

      CompletableFuture.allOf(
              CompletableFuture.runAsync(server::close), CompletableFuture.runAsync(server::close))
          .get(20, TimeUnit.SECONDS);
    }

    @Test
    void closingFromTwoThreadsEndsForBothWhenTheServerHasStopped() throws Exception {
      RunningServer server = serve(draining(Duration.ZERO));
      server.get("/v2/");
      Runnable closing =
          () -> {
            server.close();
            assertThatThrownBy(server::connect).isInstanceOf(IOException.class);
          };

      CompletableFuture.allOf(
              CompletableFuture.runAsync(closing), CompletableFuture.runAsync(closing))
          .get(20, TimeUnit.SECONDS);
    }

    @Test
    void portIsFreeAfterwards() throws Exception {
      RunningServer server = serve(RunningServer.LOOPBACK);
      int port = server.address().getPort();
      server.stop();

      HttpConfig same = RunningServer.listening(port);
      try (RunningServer again = serve(same)) {
        assertThat(again.get("/v2/").statusCode()).isEqualTo(200);
      }
    }

    private static CompletableFuture<Void> stopLater(RunningServer server) {
      return CompletableFuture.runAsync(
          () -> {
            try {
              server.stop();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }
}
