package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blobs that are still on their way from the upstream while clients read them. */
class FollowingTest extends ServerTest {

  private static final int MB = 1 << 20;

  /** How much of the end nobody gets before the whole is verified. */
  private static final int WITHHELD = 64 * 1024;

  private final Tap tap = new Tap();
  private final byte[] content = Samples.bytes(3 * MB, 2);

  private byte[] slice(int first, int end) {
    return Arrays.copyOfRange(content, first, end);
  }

  private void assertOneTransfer(Digest digest) {
    assertThat(upstream.count("GET", blobPath(digest))).isOne();
  }

  @Test
  void bytesReachTheClientWhileTheUpstreamStillSends() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(1);
    try (RawClient client = server.connect()) {
      RawClient.Head head = client.ask("GET", blobPath(digest)).head();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.contentLength()).isEqualTo(content.length);

      assertThat(client.body(1)).isEqualTo(slice(0, 1));
      tap.openTo(MB);
      assertThat(client.body(MB - 1)).isEqualTo(slice(1, MB));
      tap.openTo(content.length);
      assertThat(client.body(2 * MB)).isEqualTo(slice(MB, 3 * MB));
    }
    assertOneTransfer(digest);
  }

  @Test
  void headersComeBeforeTheFirstByteDoes() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    try (RawClient client = server.connect()) {
      RawClient.Head head = client.ask("GET", blobPath(digest)).head();

      assertThat(head.status()).isEqualTo(200);
      assertThat(head.contentLength()).isEqualTo(content.length);
      tap.open();
      assertThat(client.body(content.length)).isEqualTo(content);
    }
  }

  @Test
  void lastBytesAreWithheldUntilTheWholeIsVerified() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(content.length - 1);
    try (RawClient client = server.connect()) {
      client.ask("GET", blobPath(digest)).head();
      client.body(content.length - WITHHELD);

      tap.open();
      assertThat(client.body(WITHHELD)).isEqualTo(slice(content.length - WITHHELD, content.length));
    }
  }

  @Test
  void lateComersReadFromTheFirstByteWhatIsHere() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(MB);
    try (RawClient first = server.connect();
        RawClient second = server.connect()) {
      first.ask("GET", blobPath(digest)).head();
      first.body(MB);

      second.ask("GET", blobPath(digest)).head();
      assertThat(second.body(MB)).isEqualTo(slice(0, MB));
      tap.open();
      assertThat(second.body(2 * MB)).isEqualTo(slice(MB, 3 * MB));
      assertThat(first.body(2 * MB)).isEqualTo(slice(MB, 3 * MB));
    }
    assertOneTransfer(digest);
  }

  @Test
  void rangeIsAnsweredOnceItsBytesAreHereAndBeforeTheEndIs() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(MB);
    try (RawClient client = server.connect()) {
      RawClient.Head head = client.ask("GET", blobPath(digest), "Range: bytes=1000-70000").head();
      assertThat(head.status()).isEqualTo(206);
      assertThat(head.header("Content-Range")).hasValue("bytes 1000-70000/*");
      assertThat(client.body(head.contentLength())).isEqualTo(slice(1000, 70001));

      // On the same connection: the first answer ended where it said.
      head = client.ask("GET", blobPath(digest), "Range: bytes=5-6,1048570-1048579").head();
      assertThat(head.status()).isEqualTo(206);
      tap.openTo(MB + 4);
      byte[] multipart = client.body(head.contentLength());
      ByteRanges parts = ByteRanges.parse(head.header("Content-Type").orElseThrow(), multipart);
      assertThat(parts.parts().get(0).bytes()).isEqualTo(slice(5, 7));
      assertThat(parts.parts().get(1).bytes()).isEqualTo(slice(1048570, 1048580));
    }
    assertOneTransfer(digest);
  }

  @Test
  void rangeWhoseBytesAreYetToComeGetsItsHeadersAtOnce() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(1);
    try (RawClient client = server.connect()) {
      RawClient.Head head = client.ask("GET", blobPath(digest), "Range: bytes=-10").head();
      assertThat(head.status()).isEqualTo(206);
      assertThat(head.header("Content-Range"))
          .hasValue("bytes %d-%d/%d".formatted(3 * MB - 10, 3 * MB - 1, 3 * MB));

      tap.open();
      assertThat(client.body(10)).isEqualTo(slice(3 * MB - 10, 3 * MB));
    }
  }

  @Test
  void rangeAtTheEndOfADeclaredSizeDoesNotWaitForTheWhole() throws IOException {
    byte[] large = Samples.bytes(12 * MB, 9);
    Digest digest = Digest.sha256(large);
    upstream.on(
        blobPath(digest),
        (request, reply) -> {
          String[] range = request.header("Range").orElse("bytes=0-").substring(6).split("-", -1);
          int first = Integer.parseInt(range[0]);
          int end = range[1].isEmpty() ? large.length : Integer.parseInt(range[1]) + 1;
          reply.head(
              first == 0 ? 200 : 206,
              "Accept-Ranges: bytes",
              "Content-Length: " + (end - first),
              "Content-Range: bytes " + first + "-" + (end - 1) + "/" + large.length);
          if (first == 0) {
            reply.body(large, 0, MB);
            tap.awaitBeyond(MB);
            reply.body(large, MB, large.length - MB);
          } else {
            reply.body(large, first, end - first);
          }
        });
    declare(digest, large.length);
    try (RawClient client = server.connect()) {
      RawClient.Head head = client.ask("GET", blobPath(digest), "Range: bytes=-100").head();

      assertThat(head.status()).isEqualTo(206);
      assertThat(client.body(100))
          .isEqualTo(Arrays.copyOfRange(large, large.length - 100, large.length));
    } finally {
      tap.open();
    }
  }

  @Test
  void rangeOutsideASizeThatOnlyTheUpstreamTellsIsAnsweredByTheWhole() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    try (RawClient client = server.connect()) {
      RawClient.Head head =
          client.ask("GET", blobPath(digest), "Range: bytes=" + content.length + "-").head();

      assertThat(head.status()).isEqualTo(200);
      tap.open();
      assertThat(client.body(head.contentLength())).isEqualTo(content);
    }
  }

  @Test
  void rangesNameASizeThatAManifestDeclares() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    declare(digest, content.length);
    tap.openTo(MB);
    try (RawClient client = server.connect()) {
      RawClient.Head head = client.ask("GET", blobPath(digest), "Range: bytes=0-9").head();
      assertThat(head.header("Content-Range")).hasValue("bytes 0-9/" + content.length);
      client.body(head.contentLength());

      head = client.ask("GET", blobPath(digest), "Range: bytes=" + content.length + "-").head();
      assertThat(head.status()).isEqualTo(416);
    }
    tap.open();
  }

  @Test
  void fiftyClientsCauseOneTransfer() {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      answers.add(server.askLater("GET", blobPath(digest)));
      tap.openTo((long) i * content.length / 50);
    }
    tap.open();

    for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
      assertThat(Arrays.equals(answer.join().body(), content)).isTrue();
    }
    assertOneTransfer(digest);
  }

  @Test
  void noWakeUpIsLostHoweverTheBytesTrickleIn() throws IOException {
    Random random = new Random(3);
    for (int round = 0; round < 10; round++) {
      byte[] blob = Samples.bytes(400_000, round);
      Tap trickle = new Tap();
      Digest digest = upstream.blob(REPOSITORY, blob, trickle);
      List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        answers.add(server.askLater("GET", blobPath(digest), "Range", "bytes=" + i * 1000 + "-"));
      }
      for (long end = 0; end < blob.length; end += random.nextInt(9_000)) {
        trickle.openTo(end);
      }
      trickle.open();
      for (int i = 0; i < 8; i++) {
        assertThat(answers.get(i).join().body())
            .isEqualTo(Arrays.copyOfRange(blob, i * 1000, blob.length));
      }
    }
  }

  @Test
  void clientThatReadsNothingChangesNothingForOthers() throws IOException {
    byte[] large = Samples.bytes(24 * MB, 4);
    Digest digest = upstream.blob(REPOSITORY, large);
    try (RawClient slow = new RawClient(server.address(), 4096)) {
      RawClient.Head head = slow.ask("GET", blobPath(digest)).head();
      assertThat(head.status()).isEqualTo(200);

      for (int i = 0; i < 3; i++) {
        assertThat(Arrays.equals(server.get(blobPath(digest)).body(), large)).isTrue();
      }

      assertThat(Arrays.equals(slow.body(large.length), large)).isTrue();
    }
    assertOneTransfer(digest);
  }

  @Test
  void clientThatLeavesInTheMiddleChangesNothingForOthers() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(MB);
    try (RawClient stays = server.connect()) {
      RawClient leaves = server.connect();
      leaves.ask("GET", blobPath(digest)).head();
      leaves.body(1000);
      stays.ask("GET", blobPath(digest)).head();
      leaves.reset();

      tap.open();
      assertThat(stays.body(content.length)).isEqualTo(content);
    }
    assertOneTransfer(digest);
  }

  @Test
  void transferGoesOnWhenItsOnlyClientHasLeft() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(MB);
    try (RawClient leaves = server.connect()) {
      leaves.ask("GET", blobPath(digest)).head();
      leaves.reset();
    }
    tap.open();
    awaitStored(digest);

    assertThat(server.get(blobPath(digest)).body()).isEqualTo(content);
    assertOneTransfer(digest);
  }

  @Test
  void upstreamThatBreaksOffEndsTheConnectionShort() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(MB);
    try (RawClient client = server.connect()) {
      RawClient.Head head = client.ask("GET", blobPath(digest)).head();
      assertThat(head.contentLength()).isEqualTo(content.length);
      assertThat(client.body(MB)).isEqualTo(slice(0, MB));
      CompletableFuture<HttpResponse<byte[]>> other = server.askLater("GET", blobPath(digest));

      upstream.forget(blobPath(digest));
      tap.cut();

      assertThat(client.untilClosed()).isEmpty();
      assertThatThrownBy(other::join).hasCauseInstanceOf(IOException.class);
    }
    upstream.blob(REPOSITORY, content);
    assertThat(server.get(blobPath(digest)).body()).isEqualTo(content);
  }

  @Test
  void clientsDoNotNoticeAnUpstreamThatBreaksOffAndGoesOn() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(MB);
    try (RawClient client = server.connect()) {
      client.ask("GET", blobPath(digest)).head();
      assertThat(client.body(MB)).isEqualTo(slice(0, MB));

      upstream.blob(REPOSITORY, content);
      tap.cut();

      assertThat(client.body(2 * MB)).isEqualTo(slice(MB, 3 * MB));
    }
  }

  @Test
  void wrongBytesNeverMakeACompleteAnswer() throws IOException {
    byte[] wrong = content.clone();
    wrong[content.length - 1] ^= 1;
    Digest digest = Digest.sha256(content);
    upstream.on(blobPath(digest), FakeUpstream.tapped(wrong, tap));
    tap.open();
    try (RawClient client = server.connect()) {
      client.ask("GET", blobPath(digest)).head();

      assertThat(client.untilClosed()).hasSizeLessThanOrEqualTo(content.length - WITHHELD);
    }
    upstream.blob(REPOSITORY, content);
    assertThat(server.get(blobPath(digest)).body()).isEqualTo(content);
  }

  @Test
  void wrongBytesOfASmallBlobAre502() {
    byte[] small = Samples.bytes(WITHHELD, 5);
    Digest digest = Digest.sha256(small);
    byte[] wrong = small.clone();
    wrong[0] ^= 1;
    upstream.on(blobPath(digest), (request, reply) -> reply.whole(200, wrong));

    assertError(server.get(blobPath(digest)), 502, "UNAVAILABLE");
    assertError(server.get(blobPath(digest), "Range", "bytes=5-6"), 502, "UNAVAILABLE");

    upstream.blob(REPOSITORY, small);
    assertThat(server.get(blobPath(digest)).body()).isEqualTo(small);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, WITHHELD, 3 * MB})
  void upstreamBodyWithoutALengthComesThroughAndEnds(int size) throws IOException {
    byte[] blob = Samples.bytes(size, 6);
    Digest digest = Digest.sha256(blob);
    upstream.on(
        blobPath(digest),
        (request, reply) -> {
          reply.head(200, "Transfer-Encoding: chunked");
          for (int sent = 0; sent < blob.length; sent += 100_000) {
            reply.chunk(blob, sent, Math.min(100_000, blob.length - sent));
          }
          reply.chunk(blob, 0, 0);
        });
    try (RawClient client = server.connect()) {
      RawClient.Head head = client.ask("GET", blobPath(digest)).head();
      assertThat(client.body(head.contentLength())).isEqualTo(blob);
      assertThat(client.ask("GET", "/v2/").head().status()).isEqualTo(200);
    }
  }

  @Test
  void upstreamBodyWithoutALengthThatEndsTooEarlyIs502() {
    Digest digest = Digest.sha256(content);
    upstream.on(
        blobPath(digest),
        (request, reply) -> {
          reply.head(200, "Transfer-Encoding: chunked");
          reply.chunk(content, 0, MB);
          reply.chunk(content, 0, 0);
        });

    assertError(server.get(blobPath(digest)), 502, "UNAVAILABLE");
  }

  @Test
  void twoHundredClientsOfAStalledBlobHoldUpNobody() throws IOException {
    Digest stalled = upstream.blob(REPOSITORY, content, tap);
    Digest other = upstream.blob("library/other", Samples.bytes(100, 7));
    List<RawClient> waiting = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        RawClient client = server.connect();
        waiting.add(client);
        // That the headers are here tells that this one waits for bytes now.
        assertThat(client.ask("GET", blobPath(stalled)).head().status()).isEqualTo(200);
      }

      assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
      assertThat(server.get("/v2/library/other/blobs/" + other).statusCode()).isEqualTo(200);

      tap.open();
      for (RawClient client : waiting) {
        assertThat(Arrays.equals(client.body(content.length), content)).isTrue();
      }
    } finally {
      for (RawClient client : waiting) {
        client.close();
      }
    }
    assertOneTransfer(stalled);
  }

  @Test
  void twoHundredClientsOfASilentUpstreamHoldNoThread() throws Exception {
    byte[] small = Samples.bytes(10, 8);
    Digest silent = Digest.sha256(small);
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch speak = new CountDownLatch(1);
    upstream.on(
        blobPath(silent),
        (request, reply) -> {
          asked.countDown();
          speak.await();
          reply.whole(200, small);
        });
    Digest warm = upstream.blob(REPOSITORY, content);
    server.get(blobPath(warm));
    awaitStored(warm);
    int threads = Thread.activeCount();
    List<RawClient> waiting = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        RawClient client = server.connect();
        waiting.add(client);
        client.ask("GET", blobPath(silent));
      }
      asked.await();

      AtomicInteger answered = new AtomicInteger();
      for (int i = 0; i < 50; i++) {
        answered.addAndGet(server.get("/v2/").statusCode());
        answered.addAndGet(server.head(blobPath(warm)).statusCode());
      }
      assertThat(server.get(blobPath(warm)).body()).isEqualTo(content);
      assertThat(answered).hasValue(100 * 200);
      // The workers, the transfer, the upstream's own: each bounded, whatever the number of
      // clients.
      assertThat(Thread.activeCount()).isLessThan(threads + 40);

      speak.countDown();
      for (RawClient client : waiting) {
        RawClient.Head head = client.head();
        assertThat(head.status()).isEqualTo(200);
        assertThat(client.body(head.contentLength())).isEqualTo(small);
      }
    } finally {
      for (RawClient client : waiting) {
        client.close();
      }
    }
    assertOneTransfer(silent);
  }

  @Test
  void twoHundredBlobsOfASilentUpstreamHoldUpNoWarmOne() throws Exception {
    Digest warm = upstream.blob(REPOSITORY, content);
    server.get(blobPath(warm));
    awaitStored(warm);
    List<RawClient> waiting = new ArrayList<>();
    CountDownLatch asked = new CountDownLatch(30);
    try {
      for (int i = 0; i < 200; i++) {
        Digest digest = Digest.sha256(new byte[] {(byte) i});
        upstream.on(
            blobPath(digest),
            (request, reply) -> {
              asked.countDown();
              new CountDownLatch(1).await();
            });
        RawClient client = server.connect();
        waiting.add(client);
        client.ask("GET", blobPath(digest));
      }
      asked.await();

      assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
      assertThat(server.get(blobPath(warm)).body()).isEqualTo(content);
      assertThat(server.get(blobPath(warm), "Range", "bytes=7-8").body()).isEqualTo(slice(7, 9));
    } finally {
      for (RawClient client : waiting) {
        client.close();
      }
    }
  }
}
