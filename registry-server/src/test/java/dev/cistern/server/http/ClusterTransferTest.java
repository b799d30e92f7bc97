package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.report.PeerState;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three servers with nothing shared but the network. */
@DisplayName("2. One upstream transfer a digest at a time, in a whole cluster")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ClusterTransferTest {

  private static final byte[] CONTENT = Samples.bytes(1_000_000, 18);
  private static final String MANIFEST = ServerTest.manifestPath("3");

  @TempDir Path directory;

  private FakeUpstream upstream;
  private PeerCluster cluster;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
    cluster = new PeerCluster(3, upstream, directory);
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
    cluster.close();
  }

  private Digest blob(Tap tap) {
    return upstream.blob(ServerTest.REPOSITORY, CONTENT, tap);
  }

  private long gets(Digest digest) {
    return upstream.count("GET", ServerTest.blobPath(digest));
  }

  private HttpResponse<InputStream> open(RunningServer server, Digest digest) throws Exception {
    return client.send(
        HttpRequest.newBuilder(server.uri(ServerTest.blobPath(digest)))
            .timeout(RunningServer.DEADLINE)
            .build(),
        BodyHandlers.ofInputStream());
  }

  @Test
  void aColdBlobComesOnceForAllServers() throws Exception {
    cluster.start();
    Tap tap = new Tap();
    Digest digest = blob(tap);
    List<HttpResponse<InputStream>> answers = new ArrayList<>();
    tap.openTo(500_000);

    for (int round = 0; round < 3; round++) {
      for (RunningServer node : cluster.nodes()) {
        answers.add(open(node, digest));
      }
    }
    // All of them have bytes while the transfer goes on.
    for (HttpResponse<InputStream> answer : answers) {
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body().readNBytes(100_000)).hasSize(100_000);
    }
    tap.open();

    for (HttpResponse<InputStream> answer : answers) {
      assertThat(answer.body().readAllBytes()).hasSize(CONTENT.length - 100_000);
    }
    assertThat(cluster.node(0).get(ServerTest.blobPath(digest)).body()).isEqualTo(CONTENT);
    assertThat(gets(digest)).isEqualTo(1);
  }

  @Test
  void aSlowUpstreamIsAskedOnceToo() throws Exception {
    cluster.start();
    CompletableFuture<Void> released = new CompletableFuture<>();
    Digest digest = Digest.sha256(CONTENT);
    upstream.on(
        ServerTest.blobPath(digest),
        (request, reply) -> {
          released.join();
          reply.head(200, "Content-Length: " + CONTENT.length);
          reply.body(CONTENT, 0, CONTENT.length);
        });
    List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
    for (RunningServer node : cluster.nodes()) {
      answers.add(node.askLater("GET", ServerTest.blobPath(digest)));
    }
    // Peers that wait ask several times whether the owner works.
    long end = System.nanoTime() + 4 * PeerCluster.ANSWER.toNanos();
    ServerTest.await(() -> System.nanoTime() > end);
    released.complete(null);

    for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
      assertThat(answer.join().body()).isEqualTo(CONTENT);
    }
    assertThat(gets(digest)).isEqualTo(1);
  }

  /** Who owns what differs from time to time. */
  @RepeatedTest(5)
  void aTagIsCheckedOnceWithinItsFreshness() throws Exception {
    cluster =
        new PeerCluster(
            3,
            upstream,
            directory,
            new FreshnessPolicy(Duration.ofMinutes(5), Duration.ofSeconds(3)));
    cluster.start();
    byte[] manifest = Samples.manifest();
    upstream.manifest(ServerTest.REPOSITORY, "3", Samples.OCI_MANIFEST, manifest);

    for (int round = 0; round < 2; round++) {
      for (RunningServer node : cluster.nodes()) {
        HttpResponse<byte[]> answer = node.get(MANIFEST);
        assertThat(answer.body()).isEqualTo(manifest);
        assertThat(ServerTest.header(answer, "Content-Type")).isEqualTo(Samples.OCI_MANIFEST);
      }
    }

    assertThat(upstream.count("HEAD", MANIFEST)).isEqualTo(1);
    assertThat(upstream.requests().stream().filter(request -> request.method().equals("GET")))
        .hasSize(1);
  }

  @Test
  void anOwnerThatDiesCostsNobodyTheBody() throws Exception {
    cluster.start();
    Tap tap = new Tap();
    Digest digest = blob(tap);
    tap.openTo(400_000);
    List<Integer> owners = cluster.owners(digest);
    List<HttpResponse<InputStream>> answers = new ArrayList<>();
    for (int other : owners.subList(1, 3)) {
      answers.add(open(cluster.node(other), digest));
    }
    List<byte[]> begins = new ArrayList<>();
    for (HttpResponse<InputStream> answer : answers) {
      begins.add(answer.body().readNBytes(300_000));
    }
    assertThat(gets(digest)).isEqualTo(1);

    // It goes on where it stopped.
    upstream.blob(ServerTest.REPOSITORY, CONTENT);
    cluster.stop(owners.get(0));

    for (int i = 0; i < answers.size(); i++) {
      byte[] rest = answers.get(i).body().readAllBytes();
      assertThat(rest).hasSize(CONTENT.length - begins.get(i).length);
      byte[] all = new byte[CONTENT.length];
      System.arraycopy(begins.get(i), 0, all, 0, begins.get(i).length);
      System.arraycopy(rest, 0, all, begins.get(i).length, rest.length);
      assertThat(Digest.sha256(all)).isEqualTo(digest);
    }
    // The second owner asks for the rest, for both.
    assertThat(gets(digest)).isEqualTo(2);
    FakeUpstream.Request last = upstream.requests().get(upstream.requests().size() - 1);
    assertThat(last.header("Range").orElse("")).matches("bytes=[34][0-9]{5}-");
  }

  @Test
  void whatTheUpstreamLacksIsAbsentOnAllServers() throws Exception {
    cluster.start();
    Digest absent = Digest.sha256("absent".getBytes(StandardCharsets.UTF_8));

    for (RunningServer node : cluster.nodes()) {
      ServerTest.assertError(node.get(ServerTest.blobPath(absent)), 404, "BLOB_UNKNOWN");
      ServerTest.assertError(node.get(ServerTest.manifestPath(absent)), 404, "NAME_UNKNOWN");
      assertThat(node.head(ServerTest.blobPath(absent)).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aRequestOfAPeerIsNeverPassedOn() throws Exception {
    cluster.start();
    Digest digest = upstream.blob(ServerTest.REPOSITORY, CONTENT);
    String path = ServerTest.blobPath(digest);
    int last = cluster.owners(digest).get(2);

    HttpResponse<byte[]> answer =
        cluster.node(last).get(path, "Cistern-Peer", PeerCheckTest.signed("GET", path));

    assertThat(answer.body()).isEqualTo(CONTENT);
    assertThat(gets(digest)).isEqualTo(1);
    // The owner has nothing, so it asks too.
    int owner = cluster.owners(digest).get(0);
    assertThat(cluster.node(owner).get(path).body()).isEqualTo(CONTENT);
    assertThat(gets(digest)).isEqualTo(2);
  }

  /** Each of two servers takes the other one for the owner, because each names the other one so. */
  @Test
  void serversThatDisagreeDoNotWaitForEachOther() throws Exception {
    String first = "127.0.0.1:" + cluster.port(0);
    String second = "127.0.0.1:" + cluster.port(1);
    String firstElsewhere = "localhost:" + cluster.port(0);
    String secondElsewhere = "localhost:" + cluster.port(1);
    long seed = 0;
    byte[] content = CONTENT;
    Digest digest = Digest.sha256(content);
    while (PeerCluster.weight(first, digest) > PeerCluster.weight(secondElsewhere, digest)
        || PeerCluster.weight(second, digest) > PeerCluster.weight(firstElsewhere, digest)) {
      seed++;
      content = Samples.bytes(300_000, seed);
      digest = Digest.sha256(content);
    }
    RunningServer one =
        cluster.start(
            0, List.of(Peers.address(first), Peers.address(secondElsewhere)), PeerCluster.SECRET);
    RunningServer other =
        cluster.start(
            1, List.of(Peers.address(second), Peers.address(firstElsewhere)), PeerCluster.SECRET);
    PeerCluster.awaitPeers(one, 2);
    PeerCluster.awaitPeers(other, 2);
    Tap tap = new Tap();
    Digest wanted = upstream.blob(ServerTest.REPOSITORY, content, tap);
    assertThat(wanted).isEqualTo(digest);

    CompletableFuture<HttpResponse<byte[]>> answer =
        one.askLater("GET", ServerTest.blobPath(digest));
    CompletableFuture<HttpResponse<byte[]>> otherAnswer =
        other.askLater("GET", ServerTest.blobPath(digest));
    tap.open();

    assertThat(answer.join().body()).isEqualTo(content);
    assertThat(otherAnswer.join().body()).isEqualTo(content);
    assertThat(gets(digest)).isBetween(1L, 2L);
  }

  @Test
  void aServerWithAnotherSecretWorksAlone() throws Exception {
    RunningServer first = cluster.start(0, cluster.addresses(), PeerCluster.SECRET);
    RunningServer second = cluster.start(1, cluster.addresses(), "another secret than the first");
    ServerTest.await(() -> first.peers().get(0).role() == PeerState.Role.SELF);
    Digest digest = upstream.blob(ServerTest.REPOSITORY, CONTENT);

    assertThat(first.get(ServerTest.blobPath(digest)).body()).isEqualTo(CONTENT);
    assertThat(second.get(ServerTest.blobPath(digest)).body()).isEqualTo(CONTENT);

    assertThat(gets(digest)).isEqualTo(2);
  }
}
