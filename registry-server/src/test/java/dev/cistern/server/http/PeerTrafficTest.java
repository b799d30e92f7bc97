package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.server.config.NetworkConfig;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What comes from another server does not count as what comes from the upstream. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PeerTrafficTest {

  private static final String NAME = "Cistern-Peer: cistern-fake";

  @TempDir Path directory;

  private FakeUpstream upstream;
  private FakeUpstream peer;
  private PeerCluster cluster;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
    peer = FakeUpstream.start();
    peer.on(
        "/v2/", (request, reply) -> reply.whole(200, "{}".getBytes(StandardCharsets.UTF_8), NAME));
    cluster = new PeerCluster(1, upstream, directory);
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
    peer.close();
    cluster.close();
  }

  private RunningServer server(NetworkConfig.Transfers transfers) throws IOException {
    cluster.limit(transfers);
    RunningServer server =
        cluster.start(
            0, List.of(cluster.address(0), Peers.address(nameOfPeer())), PeerCluster.SECRET);
    PeerCluster.awaitPeers(server, 2);
    return server;
  }

  private String nameOfPeer() {
    return "127.0.0.1:" + peer.uri().getPort();
  }

  /** Content whose weights at this server and at the peer compare so. */
  private byte[] content(int size, BiPredicate<Long, Long> weights) {
    String own = cluster.address(0).getAuthority();
    long seed = 0;
    byte[] content;
    Digest digest;
    do {
      content = Samples.bytes(size, seed++);
      digest = Digest.sha256(content);
    } while (!weights.test(
        PeerCluster.weight(own, digest), PeerCluster.weight(nameOfPeer(), digest)));
    return content;
  }

  private String atPeer(byte[] content) {
    String path = ServerTest.blobPath(Digest.sha256(content));
    peer.on(
        path,
        (request, reply) -> {
          reply.head(200, NAME, "Content-Length: " + content.length);
          reply.body(content, 0, content.length);
        });
    return path;
  }

  @Test
  void itWaitsForNoTransferFromTheUpstream() throws Exception {
    RunningServer server = server(new NetworkConfig.Transfers(1, 1, Optional.empty()));
    byte[] own = content(300_000, (here, there) -> here > there);
    byte[] theirs = content(300_000, (here, there) -> here < there);
    Tap tap = new Tap();
    String ownPath = ServerTest.blobPath(upstream.blob(ServerTest.REPOSITORY, own, tap));
    tap.openTo(1_000);
    CompletableFuture<HttpResponse<byte[]>> first = server.askLater("GET", ownPath);
    ServerTest.await(() -> upstream.count("GET", ownPath) == 1);

    assertThat(server.get(atPeer(theirs)).body()).isEqualTo(theirs);

    assertThat(first).isNotDone();
    tap.open();
    assertThat(first.join().body()).isEqualTo(own);
  }

  @Test
  void itIsNotLimitedAsTheUpstreamIs() throws Exception {
    // That would take a quarter of an hour.
    RunningServer server = server(new NetworkConfig.Transfers(1, 1, Optional.of(1024L)));
    byte[] theirs = content(1_000_000, (here, there) -> here < there);

    assertThat(server.get(atPeer(theirs)).body()).isEqualTo(theirs);

    assertThat(upstream.requests()).isEmpty();
  }
}
