package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.peer.PeerSignature;
import dev.cistern.server.config.DebugConfig;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import dev.cistern.server.config.ListenAddress;
import dev.cistern.server.config.ServerConfig;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PeerCheckTest {

  private static final byte[] CONTENT = Samples.bytes(100_000, 5);

  @TempDir Path directory;

  private FakeUpstream upstream;
  private PeerCluster cluster;
  private String path;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
    cluster = new PeerCluster(1, upstream, directory).start();
    Digest digest = upstream.blob(ServerTest.REPOSITORY, CONTENT);
    path = ServerTest.blobPath(digest);
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
    cluster.close();
  }

  /** A header of a peer that is not part of the test. */
  static String signed(String method, String path) {
    return signature(PeerCluster.SECRET, InstantSource.system()).sign(method, path);
  }

  private static PeerSignature signature(String secret, InstantSource clock) {
    return PeerSignature.of(secret, "cistern-test", clock);
  }

  private HttpResponse<byte[]> ask(String method, String target, String header) {
    return cluster.node(0).ask(method, target, "Cistern-Peer", header);
  }

  private static void assertError(HttpResponse<byte[]> answer, int status, String code) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(ServerTest.text(answer)).startsWith("{\"errors\":[{\"code\":\"" + code);
  }

  @Test
  void aSignedRequestIsAnsweredWithTheNameOfTheServer() {
    HttpResponse<byte[]> answer = ask("GET", path, signed("GET", path));

    assertThat(answer.body()).isEqualTo(CONTENT);
    assertThat(ServerTest.header(answer, "Cistern-Peer")).matches("cistern-[0-9a-f-]{36}");
  }

  /** Without the header, the peer would take all its requests as in progress. */
  @Test
  void aServerThatWorksOnNothingSaysThatToo() {
    HttpResponse<byte[]> answer = ask("GET", "/v2/", signed("GET", "/v2/"));

    assertThat(answer.headers().firstValue("Cistern-Working")).contains("");
  }

  @Test
  void aForgedRequestIsRefusedAndAsksNobody() {
    String header =
        signature("a secret that only looks right", InstantSource.system()).sign("GET", path);

    HttpResponse<byte[]> answer = ask("GET", path, header);

    assertError(answer, 403, "DENIED");
    assertThat(ServerTest.text(answer)).contains("proxy.peers.secret");
    assertThat(ServerTest.header(answer, "Cistern-Peer")).isEqualTo("(none)");
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void aHeaderOfAnotherRequestIsRefused() {
    String header = signed("GET", path);

    assertError(ask("GET", path + "?x=1", header), 403, "DENIED");
    assertError(ask("GET", ServerTest.manifestPath("3"), header), 403, "DENIED");
    assertThat(ask("HEAD", path, header).statusCode()).isEqualTo(403);
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void aHeaderInNoFormIsRefused() {
    assertError(ask("GET", path, "v1;me;0;x"), 403, "DENIED");
    assertError(ask("GET", path, ""), 403, "DENIED");
  }

  @Test
  void anOldHeaderIsRefusedWithTheReason() {
    Instant old = Instant.now().minus(Duration.ofHours(1));

    HttpResponse<byte[]> answer =
        ask("GET", path, signature(PeerCluster.SECRET, () -> old).sign("GET", path));

    assertError(answer, 403, "DENIED");
    assertThat(ServerTest.text(answer)).contains("clock");
  }

  @Test
  void aServerWhoseDiskHangsSaysThatItDoesNotWork() throws Exception {
    // To write to a pipe that nobody reads is to wait.
    Path pipe = directory.resolve("node-0/.cistern/spool/disk-check");
    Files.createDirectories(pipe.getParent());
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    ServerTest.await(() -> ask("GET", "/v2/", signed("GET", "/v2/")).statusCode() == 503);
    HttpResponse<byte[]> answer = ask("GET", "/v2/", signed("GET", "/v2/"));
    assertError(answer, 503, "UNAVAILABLE");
    assertThat(ServerTest.text(answer)).contains("disk");
    assertThat(ServerTest.header(answer, "Cistern-Peer")).matches("cistern-[0-9a-f-]{36}");
    assertThat(cluster.node(0).get("/v2/").statusCode()).isEqualTo(200);

    Files.readAllBytes(pipe);
    ServerTest.await(() -> ask("GET", "/v2/", signed("GET", "/v2/")).statusCode() == 200);
  }

  @Test
  void aRequestThatMeansAnotherUpstreamIsRefused() {
    String own = upstream.uri().getAuthority();

    assertThat(meaning(own).body()).isEqualTo(CONTENT);
    HttpResponse<byte[]> answer = meaning("ghcr.io");

    assertError(answer, 404, "NAME_UNKNOWN");
    assertThat(ServerTest.text(answer)).contains(own, "'ghcr.io'");
    // Several upstreams may be at one host.
    assertError(meaning("ghcr.io/" + own), 404, "NAME_UNKNOWN");
    // Without a failure of the upstream, which the peer would believe.
    assertThat(ServerTest.header(answer, "Cistern-Peer")).matches("cistern-[0-9a-f-]{36}");
  }

  private HttpResponse<byte[]> meaning(String name) {
    return cluster
        .node(0)
        .ask("GET", path, "Cistern-Peer", signed("GET", path), "Cistern-Upstream", name);
  }

  @Test
  void aPeerCanOnlyRead() {
    assertError(ask("DELETE", path, signed("DELETE", path)), 405, "UNSUPPORTED");
  }

  @Test
  void theUpstreamsFailureIsMarkedAsSuch() {
    String absent = ServerTest.manifestPath("none");

    HttpResponse<byte[]> answer = ask("GET", absent, signed("GET", absent));

    assertError(answer, 404, "NAME_UNKNOWN");
    assertThat(ServerTest.header(answer, "Cistern-Peer"))
        .endsWith(";failure=absent;code=name_unknown");
  }

  @Test
  void requestsOfPeersAreNotInTheMetricsOfClients() throws IOException {
    try (PeerCluster metered = new PeerCluster(1, upstream, directory.resolve("metered"))) {
      ServerConfig config = metered.config(0, metered.addresses(), PeerCluster.SECRET);
      HttpConfig http =
          new HttpConfig(
              new ListenAddress(Optional.of("127.0.0.1"), metered.port(0)),
              "/",
              Optional.empty(),
              Map.of(),
              Duration.ZERO,
              HttpLimits.DEFAULT,
              Optional.empty(),
              HttpConfig.Http2.ENABLED,
              Optional.of(
                  new DebugConfig(
                      new ListenAddress(Optional.of("127.0.0.1"), 0), Optional.of("/metrics"))));
      try (RunningServer server =
          RunningServer.start(
              new ServerConfig(config.log(), config.storage(), http, config.proxy()))) {
        assertThat(server.ask("GET", path, "Cistern-Peer", signed("GET", path)).body())
            .isEqualTo(CONTENT);
        String answered = "cistern_peer_requests_total{direction=\"in\",result=\"answered\"}";
        ServerTest.await(() -> server.scrape().getOrDefault(answered, 0.0) > 0);

        assertThat(server.scrape())
            .allSatisfy(
                (series, value) -> {
                  if (series.startsWith("cistern_http_requests_total")
                      || series.startsWith("registry_proxy_requests_total")) {
                    assertThat(value).as(series).isZero();
                  }
                });
      }
    }
  }

  @Test
  void withoutPeersTheHeaderMeansNothing() throws IOException {
    try (RunningServer alone =
        RunningServer.start(upstream, RunningServer.inDirectory(directory.resolve("alone")))) {
      HttpResponse<byte[]> answer = alone.get(path, "Cistern-Peer", "v1;me;0;x");

      assertThat(answer.body()).isEqualTo(CONTENT);
      assertThat(ServerTest.header(answer, "Cistern-Peer")).isEqualTo("(none)");
    }
  }
}
