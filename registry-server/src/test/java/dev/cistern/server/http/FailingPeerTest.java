package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.proxy.report.PeerState;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server and a peer whose answers are under the test's control. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FailingPeerTest {

  private static final String NAME = "Cistern-Peer: cistern-fake";

  @TempDir Path directory;

  private FakeUpstream upstream;
  private FakeUpstream peer;
  private PeerCluster cluster;
  private RunningServer server;
  private byte[] content = new byte[0];
  private Digest digest = Digest.sha256(content);

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
    peer = FakeUpstream.start();
    peer.on(
        "/v2/", (request, reply) -> reply.whole(200, "{}".getBytes(StandardCharsets.UTF_8), NAME));
    cluster = new PeerCluster(1, upstream, directory);
    String fake = "127.0.0.1:" + peer.uri().getPort();
    server = cluster.start(0, List.of(cluster.address(0), Peers.address(fake)), PeerCluster.SECRET);
    PeerCluster.awaitPeers(server, 2);
    ofPeer(300_000);
  }

  /** Content that the peer owns. */
  private void ofPeer(int size) {
    String own = cluster.address(0).getAuthority();
    String fake = "127.0.0.1:" + peer.uri().getPort();
    long seed = 0;
    do {
      content = Samples.bytes(size, seed++);
      digest = Digest.sha256(content);
    } while (PeerCluster.weight(own, digest) >= PeerCluster.weight(fake, digest));
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
    peer.close();
    cluster.close();
  }

  private String path() {
    return ServerTest.blobPath(digest);
  }

  private void assertComesFromTheUpstream() {
    upstream.blob(ServerTest.REPOSITORY, content);
    assertThat(server.get(path()).body()).isEqualTo(content);
    assertThat(upstream.count("GET", path())).isEqualTo(1);
  }

  @Test
  void thePeerIsAskedWithASignature() {
    peer.on(
        path(),
        (request, reply) -> {
          send(reply);
        });

    assertThat(server.get(path()).body()).isEqualTo(content);

    assertThat(upstream.requests()).isEmpty();
    FakeUpstream.Request asked = peer.requests().get(peer.requests().size() - 1);
    assertThat(asked.header("Cistern-Peer").orElse(""))
        .matches("v1;cistern-[0-9a-f-]{36};[0-9]{10};[A-Za-z0-9_-]{43}");
    assertThat(asked.header("Via").orElse("")).matches("1.1 cistern-[0-9a-f-]{36}");
    assertThat(asked.header("Cistern-Upstream")).contains(upstream.uri().getAuthority());
  }

  @Test
  void aConnectionThatBreaksIsTriedOnceMore() {
    peer.on(
        path(),
        (request, reply) -> {
          if (peer.count("GET", path()) > 1) {
            send(reply);
          }
        });

    assertThat(server.get(path()).body()).isEqualTo(content);

    assertThat(upstream.requests()).isEmpty();
    assertThat(server.peers().get(1).role()).isEqualTo(PeerState.Role.WORKING);
    assertThat(server.peers().get(1).asked()).isEqualTo(1);
    assertThat(server.peers().get(1).answered()).isEqualTo(1);
    assertThat(server.peers().get(1).lastFailure()).isEmpty();
  }

  @Test
  void aPeerThatHangsIsPassedOver() {
    CompletableFuture<Void> never = new CompletableFuture<>();
    peer.on("/v2/", (request, reply) -> never.join());
    peer.on(path(), (request, reply) -> never.join());

    assertComesFromTheUpstream();

    PeerState passedOver = server.peers().get(1);
    assertThat(passedOver.role()).isEqualTo(PeerState.Role.FAILING);
    assertThat(passedOver.asked()).isEqualTo(1);
    assertThat(passedOver.answered()).isZero();
    assertThat(passedOver.lastFailure()).isPresent();
    never.complete(null);
  }

  /** It says that it works, but not on the request. */
  @Test
  void aPeerThatAnswersNoRequestIsPassedOverUntilItAnswersOne() throws Exception {
    CompletableFuture<Void> never = new CompletableFuture<>();
    peer.on("/v2/", (request, reply) -> reply.whole(200, new byte[0], NAME, "Cistern-Working: "));
    peer.on(path(), (request, reply) -> never.join());
    long begin = System.nanoTime();

    assertComesFromTheUpstream();

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
    assertThat(peer.count("GET", path())).isEqualTo(1);
    assertThat(server.peers().get(1).lastFailure()).isPresent();
    // Now it is asked for the headers only, and no client waits for it.
    String first = path();
    ServerTest.await(() -> peer.count("HEAD", first) > 1);
    assertThat(server.peers().get(1).role()).isEqualTo(PeerState.Role.FAILING);
    ofPeer(5_000);
    upstream.blob(ServerTest.REPOSITORY, content);
    assertThat(server.get(path()).body()).isEqualTo(content);
    assertThat(peer.count("GET", path())).isZero();

    never.complete(null);
    peer.on(first, (request, reply) -> reply.whole(404, new byte[0], NAME));
    PeerCluster.awaitPeers(server, 2);
  }

  private void send(Reply reply) throws IOException {
    reply.head(200, NAME, "Content-Length: " + content.length);
    reply.body(content, 0, content.length);
  }

  /**
   * The peer has the client wait for much longer than one that does not answer.
   *
   * @param ready completed for the peer to answer
   */
  private void assertIsWaitedFor(CompletableFuture<Void> ready) {
    upstream.blob(ServerTest.REPOSITORY, content);
    CompletableFuture<HttpResponse<byte[]>> answer = server.askLater("GET", path());
    long end = System.nanoTime() + 3 * PeerCluster.ANSWER.toNanos();
    ServerTest.await(() -> System.nanoTime() > end);
    ready.complete(null);

    assertThat(answer.join().body()).isEqualTo(content);
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void aPeerThatWorksOnTheRequestIsWaitedFor() {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    AtomicReference<String> number = new AtomicReference<>("");
    peer.on(
        "/v2/",
        (request, reply) ->
            reply.whole(200, new byte[0], NAME, "Cistern-Working: 0 " + number.get()));
    peer.on(
        path(),
        (request, reply) -> {
          number.set(request.header("Cistern-Request").orElseThrow());
          ready.join();
          send(reply);
        });

    assertIsWaitedFor(ready);
  }

  /** As those of the version before, which do not say what they work on, or with too many. */
  @ParameterizedTest
  @ValueSource(strings = {"Cistern-Other: 0", "Cistern-Working: 0 more"})
  void aPeerThatMayWorkOnTheRequestIsWaitedFor(String header) {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    peer.on("/v2/", (request, reply) -> reply.whole(200, new byte[0], NAME, header));
    peer.on(
        path(),
        (request, reply) -> {
          ready.join();
          send(reply);
        });

    assertIsWaitedFor(ready);
  }

  /** Each time with another number: a peer may notice late that the first connection broke. */
  @Test
  void aRequestThatIsSentOnceMoreHasItsOwnNumber() {
    Set<String> numbers = ConcurrentHashMap.newKeySet();
    peer.on(
        path(),
        (request, reply) -> {
          numbers.add(request.header("Cistern-Request").orElseThrow());
          if (numbers.size() > 1) {
            send(reply);
          }
        });

    assertThat(server.get(path()).body()).isEqualTo(content);

    assertThat(numbers).hasSize(2).doesNotContain("1", "2");
  }

  @Test
  void aPeerThatHangsInTheAnswerToTheQuestionIsPassedOver() {
    CompletableFuture<Void> never = new CompletableFuture<>();
    peer.on(
        "/v2/",
        (request, reply) -> {
          reply.head(200, NAME, "Content-Length: 2");
          never.join();
        });
    peer.on(path(), (request, reply) -> never.join());

    assertComesFromTheUpstream();

    assertThat(server.peers().get(1).role()).isEqualTo(PeerState.Role.FAILING);
    peer.on("/v2/", (request, reply) -> reply.whole(200, new byte[0], NAME));
    PeerCluster.awaitPeers(server, 2);
    never.complete(null);
  }

  @Test
  void anErrorWhoseBodyDoesNotEndHoldsNoConnection() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    byte[] part = new byte[64 << 10];
    peer.on(
        path(),
        (request, reply) -> {
          reply.head(
              404, NAME + ";failure=absent;code=blob_unknown", "Content-Length: " + (1L << 40));
          try {
            while (true) {
              reply.body(part, 0, part.length);
            }
          } catch (IOException e) {
            closed.complete(null);
          }
        });

    ServerTest.assertError(server.get(path()), 404, "BLOB_UNKNOWN");

    assertThat(closed).succeedsWithin(Duration.ofSeconds(30));
  }

  @Test
  void aSizeThatContradictsTheManifestReachesNobody() {
    byte[] manifest = manifestOf(digest, content.length);
    upstream.manifest(ServerTest.REPOSITORY, "1", Samples.OCI_MANIFEST, manifest);
    String tag = ServerTest.manifestPath("1");
    String byDigest = ServerTest.manifestPath(Digest.sha256(manifest));
    peer.on(tag, (request, reply) -> reply.whole(503, new byte[0], NAME));
    peer.on(byDigest, (request, reply) -> reply.whole(503, new byte[0], NAME));
    peer.on(
        path(),
        (request, reply) -> {
          reply.head(200, NAME, "Content-Length: " + (1L << 50));
          reply.body(content, 0, content.length);
        });
    upstream.blob(ServerTest.REPOSITORY, content);
    assertThat(server.get(tag).body()).isEqualTo(manifest);

    assertThat(server.get(path()).body()).isEqualTo(content);
  }

  /** No manifest is known that says how large the blob is. */
  @ParameterizedTest
  @ValueSource(longs = {1L << 62, 1L << 50, 301_000, 299_999, 100_000, 1, 0})
  void afterAWrongSizeTheBlobComesFromTheUpstream(long size) {
    answerWithSize(size);
    upstream.blob(ServerTest.REPOSITORY, content);

    Optional<byte[]> first = body(server.askLater("GET", path()));

    first.ifPresent(body -> assertThat(body).isEqualTo(content));
    assertThat(server.get(path()).body()).isEqualTo(content);
    assertThat(upstream.count("GET", path())).isBetween(1L, 4L);
  }

  /** Before its headers are sent, a client gets none of it. */
  @ParameterizedTest
  @ValueSource(longs = {1L << 62, 1L << 50, 40_001, 39_999, 1, 0})
  void aWrongSizeOfASmallBlobReachesNobody(long size) {
    ofPeer(40_000);
    answerWithSize(size);
    upstream.blob(ServerTest.REPOSITORY, content);

    assertThat(server.get(path()).body()).isEqualTo(content);
  }

  private void answerWithSize(long size) {
    peer.on(
        path(),
        (request, reply) -> {
          reply.head(200, NAME, "Content-Length: " + size);
          reply.body(content, 0, (int) Math.min(size, content.length));
        });
  }

  /** Empty if it was cut: its headers had a size before that was known to be wrong. */
  private static Optional<byte[]> body(CompletableFuture<HttpResponse<byte[]>> answer) {
    try {
      HttpResponse<byte[]> whole = answer.join();
      assertThat(whole.statusCode()).isEqualTo(200);
      return Optional.of(whole.body());
    } catch (CompletionException e) {
      return Optional.empty();
    }
  }

  private static byte[] manifestOf(Digest layer, int size) {
    return """
        {"schemaVersion": 2, "mediaType": "%s", "layers":
         [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "%s", "size": %d}]}
        """
        .formatted(Samples.OCI_MANIFEST, layer, size)
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aPeerThatHangsInTheMiddleIsLeftAtThatByte() {
    CompletableFuture<Void> never = new CompletableFuture<>();
    peer.on(
        path(),
        (request, reply) -> {
          peer.on("/v2/", (ping, pong) -> never.join());
          reply.head(200, NAME, "Content-Length: " + content.length);
          reply.body(content, 0, 200_000);
          never.join();
        });

    assertComesFromTheUpstream();

    assertThat(upstream.requests().get(0).header("Range")).contains("bytes=200000-");
    never.complete(null);
  }

  @Test
  void aPeerThatEndsEarlyIsLeftAtThatByte() {
    peer.on(
        path(),
        (request, reply) -> {
          reply.head(200, NAME, "Content-Length: " + content.length);
          reply.body(content, 0, 100_000);
        });

    assertComesFromTheUpstream();

    assertThat(upstream.requests().get(0).header("Range")).contains("bytes=100000-");
  }

  @Test
  void wrongBytesOfAPeerReachNobody() {
    byte[] wrong = content.clone();
    wrong[wrong.length - 1]++;
    peer.on(
        path(),
        (request, reply) -> {
          reply.head(200, NAME, "Content-Length: " + wrong.length);
          reply.body(wrong, 0, wrong.length);
        });

    assertComesFromTheUpstream();
  }

  @Test
  void aPeersErrorIsNotTheUpstreams() {
    peer.on(path(), (request, reply) -> reply.whole(404, new byte[0], NAME));
    assertComesFromTheUpstream();
  }

  @Test
  void anUpstreamThatFailsForAPeerMayWorkHere() {
    peer.on(
        path(),
        (request, reply) ->
            reply.whole(502, new byte[0], NAME + ";failure=server_error;code=bad_gateway"));
    assertComesFromTheUpstream();
    assertThat(server.peers().get(1).role()).isEqualTo(PeerState.Role.WORKING);
  }

  @Test
  void aStrangerAtTheAddressSaysNothing() {
    peer.on(path(), (request, reply) -> reply.whole(404, new byte[0]));
    assertComesFromTheUpstream();
  }

  @Test
  void whatThePeersUpstreamLacksIsAbsent() {
    peer.on(
        path(),
        (request, reply) ->
            reply.whole(404, new byte[0], NAME + ";failure=absent;code=blob_unknown"));

    ServerTest.assertError(server.get(path()), 404, "BLOB_UNKNOWN");
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void aRateLimitOfThePeersUpstreamIsPassedOn() {
    peer.on(
        path(),
        (request, reply) ->
            reply.whole(
                429,
                new byte[0],
                NAME + ";failure=rate_limited;code=toomanyrequests",
                "Retry-After: 7"));

    HttpResponse<byte[]> answer = server.get(path());

    ServerTest.assertError(answer, 429, "TOOMANYREQUESTS");
    assertThat(ServerTest.header(answer, "Retry-After")).isEqualTo("7");
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void aStaleAnswerStaysMarked() {
    byte[] manifest = Samples.manifest();
    Digest its = Digest.sha256(manifest);
    String tag = tagOfPeer();
    String[] headers = {
      NAME + ";stale=95;reason=the+registry+is+down",
      "Content-Type: " + Samples.OCI_MANIFEST,
      "Docker-Content-Digest: " + its
    };
    peer.on(ServerTest.manifestPath(tag), (request, reply) -> reply.whole(200, manifest, headers));
    upstream.on(
        ServerTest.manifestPath(its),
        (request, reply) -> reply.whole(200, manifest, "Content-Type: " + Samples.OCI_MANIFEST));
    peer.on(
        ServerTest.manifestPath(its),
        (request, reply) ->
            reply.whole(200, manifest, NAME, "Content-Type: " + Samples.OCI_MANIFEST));

    HttpResponse<byte[]> answer = server.get(ServerTest.manifestPath(tag));

    assertThat(answer.body()).isEqualTo(manifest);
    assertThat(ServerTest.header(answer, "Warning"))
        .contains("stale", "95 s ago", "the registry is down");
    assertThat(server.head(ServerTest.manifestPath(tag)).headers().firstValue("Warning"))
        .isPresent();
  }

  private String tagOfPeer() {
    String own = cluster.address(0).getAuthority();
    String fake = "127.0.0.1:" + peer.uri().getPort();
    int number = 0;
    String content;
    do {
      number++;
      content = ServerTest.REPOSITORY + ":" + number;
    } while (PeerCluster.weight(own, content) >= PeerCluster.weight(fake, content));
    return Integer.toString(number);
  }

  @Test
  void aBlobOfThePeerIsStoredHereOnceItIsAskedForAgain() throws IOException {
    peer.on(
        path(),
        (request, reply) -> {
          send(reply);
        });

    HttpResponse<byte[]> first = server.get(path());
    assertThat(ServerTest.header(first, "Cache-Status")).doesNotContain("stored");
    assertThat(server.get(path()).body()).isEqualTo(content);
    ServerTest.await(() -> ServerTest.header(server.get(path()), "Cache-Status").endsWith("hit"));

    // Once, if the second request came before the first fetch had ended.
    assertThat(peer.count("GET", path())).isBetween(1L, 3L);
    assertThat(upstream.requests()).isEmpty();
  }
}
