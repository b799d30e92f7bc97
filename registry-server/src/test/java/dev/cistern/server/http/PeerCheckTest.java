package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.peer.PeerSignature;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
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
  void withoutPeersTheHeaderMeansNothing() throws IOException {
    try (RunningServer alone =
        RunningServer.start(upstream, RunningServer.inDirectory(directory.resolve("alone")))) {
      HttpResponse<byte[]> answer = alone.get(path, "Cistern-Peer", "v1;me;0;x");

      assertThat(answer.body()).isEqualTo(CONTENT);
      assertThat(ServerTest.header(answer, "Cistern-Peer")).isEqualTo("(none)");
    }
  }
}
