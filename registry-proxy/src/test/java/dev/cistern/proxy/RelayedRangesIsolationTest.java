package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.body;
import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.report.TransferState;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.RangedBlob;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to one request for ranges of a blob changes nothing for others. */
class RelayedRangesIsolationTest extends RelayingCache {

  private static final class Client implements Requester {

    private final String name;
    private volatile boolean waiting = true;

    Client(String name) {
      this.name = name;
    }

    @Override
    public String client() {
      return name;
    }

    @Override
    public boolean isWaiting() {
      return waiting;
    }
  }

  RelayedRangesIsolationTest(@TempDir Path spool) {
    super(spool);
  }

  private CompletableFuture<BlobContent> open(
      RepositoryName repository, String ranges, Requester requester) {
    return open(repository, DIGEST, ranges, requester);
  }

  private CompletableFuture<BlobContent> open(RepositoryName repository, String ranges) {
    return open(repository, DIGEST, ranges);
  }

  private boolean isWholeReceived() {
    return cache.transfers().stream()
        .anyMatch(transfer -> transfer.phase() == TransferState.Phase.RECEIVING);
  }

  // Beside a fetch of the whole.

  @Test
  void aRangeThatFollowsTheWholeDoesNotFailWithItsOwnPiece() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("0-999");
    Gate failing = registry.gate();
    AtomicBoolean first = new AtomicBoolean(true);
    blob.first(
        request -> {
          if (!"bytes=1000-1999999".equals(request.getHeaders().get("Range"))
              || !first.compareAndSet(true, false)) {
            return Optional.empty();
          }
          failing.pass();
          return Optional.of(status(503));
        });
    CompletableFuture<BlobContent> range = open(ALPINE, "1000-1999999");
    failing.awaitArrival();
    CompletableFuture<BlobContent> whole = cache.blob(ALPINE, DIGEST).toCompletableFuture();
    Await.until(this::isWholeReceived);
    failing.open();

    assertThat(Arrays.equals(read(range, "1000-1999999"), slice(1000, 1_999_999))).isTrue();
    try (BlobContent content = Await.value(whole)) {
      assertThat(Arrays.equals(Reading.all(content), CONTENT)).isTrue();
    }
  }

  @Test
  void aReaderOfARangeFailsWhenTheWholeBeginsAnewOverItsBytes() throws IOException {
    byte[] wrong = CONTENT.clone();
    wrong[100] ^= 1;
    RangedBlob.in(registry, NAME, DIGEST, wrong);
    range("0-999");
    RangedBlob right = RangedBlob.in(registry, NAME, CONTENT);
    Gate anew = registry.gate();
    right.first(
        request -> {
          if (request.getHeaders().get("Range") == null) {
            anew.pass();
          }
          return Optional.empty();
        });
    try (BlobContent reading = Await.value(open(ALPINE, "0-1999999"))) {
      assertThat(Reading.from(reading, 0, 500)).isNotEqualTo(slice(0, 499));

      CompletableFuture<BlobContent> whole = cache.blob(ALPINE, DIGEST).toCompletableFuture();
      anew.awaitArrival();

      assertThatIOException()
          .isThrownBy(() -> reading.available(500))
          .withMessageContaining(DIGEST.toString());
      anew.open();
      Await.value(whole).close();
    }
    Await.stored(cache, ALPINE, DIGEST);
    assertThat(Arrays.equals(whole(ALPINE), CONTENT)).isTrue();
  }

  @Test
  void theWholeIsCompletedWhileTheUpstreamIsPausedIfAllItsBytesAreHere() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("0-1999999");
    Gate last = registry.gate();
    blob.firstPass(last);
    CompletableFuture<BlobContent> rest = open(ALPINE, "2000000-");
    last.awaitArrival();
    Digest other = registry.blob(NAME, Samples.bytes(10));
    registry.answer(
        getBlob(NAME, other),
        request -> status(429).newBuilder().setHeader("Retry-After", "60").build());
    assertThat(Await.failure(cache.blob(ALPINE, other)).code())
        .isEqualTo(ErrorCode.TOOMANYREQUESTS);

    last.open();

    assertThat(Arrays.equals(read(rest, "2000000-"), slice(2_000_000, CONTENT.length - 1)))
        .isTrue();
    Await.stored(cache, ALPINE, DIGEST);
    assertThat(blob.bytes()).isEqualTo(CONTENT.length);
  }

  // Ranges that the blob does not have.

  private void declare() {
    byte[] manifest =
        """
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
         "config": {"mediaType": "application/x", "size": %d, "digest": "%s"}, "layers": []}
        """
            .formatted(CONTENT.length, DIGEST)
            .getBytes(StandardCharsets.UTF_8);
    registry.tag(NAME, "v1", MediaType.OCI_MANIFEST, manifest);
    Await.value(cache.manifest(ALPINE, new Tag("v1")));
    Await.contents(cache, 1);
  }

  @Test
  void rangesThatABlobOfDeclaredSizeDoesNotHaveFetchNothing() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    declare();

    try (BlobContent none = Await.value(open(ALPINE, "9999999-"))) {
      assertThat(none.size()).hasValue(CONTENT.length);
      assertThat(none.namesSize()).isTrue();
      assertThat(none.available(0)).isZero();
    }
    assertThat(blob.asked()).isEmpty();

    assertThat(read(open(ALPINE, "5-9,9999999-"), "5-9")).isEqualTo(slice(5, 9));
    assertThat(blob.asked()).containsExactly("5-9");
  }

  @Test
  void aBlobThatDoesNotExistIsAbsentWhateverItsDeclaredSizeIs() {
    declare();

    assertThat(Await.failure(open(ALPINE, "9999999-")).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }

  // Answers that do not fit together.

  @Test
  void piecesOfAnswersWithDifferentEntityTagsAreNotBothKept() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    Gate both = registry.gate();
    blob.first(
        request ->
            switch (String.valueOf(request.getHeaders().get("Range"))) {
              case "bytes=0-999" -> {
                both.pass();
                yield Optional.of(tagged(0, 999, "\"a\""));
              }
              case "bytes=5000-5999" -> {
                both.pass();
                yield Optional.of(tagged(5000, 5999, "\"b\""));
              }
              default -> Optional.empty();
            });
    CompletableFuture<BlobContent> first = open(ALPINE, "0-999");
    CompletableFuture<BlobContent> second = open(ALPINE, "5000-5999");
    Await.until(() -> blob.asked().size() == 2);
    both.open();

    assertThat(read(first, "0-999")).isEqualTo(slice(0, 999));
    assertThat(read(second, "5000-5999")).isEqualTo(slice(5000, 5999));
    assertThat(blob.asked()).contains("whole");
  }

  private static MockResponse tagged(int first, int last, String tag) {
    return body(slice(first, last))
        .newBuilder()
        .code(206)
        .setHeader("Content-Range", "bytes %d-%d/%d".formatted(first, last, CONTENT.length))
        .setHeader("ETag", tag)
        .build();
  }

  // Clients that leave.

  @Test
  void aClientThatLeavesWhileItsPieceIsQueuedFailsNoOtherOne() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    // So that no HEAD for the size is shared.
    range("5000-5000");
    Gate busy = registry.gate();
    for (int i = 0; i < 8; i++) {
      Digest other = registry.blob(NAME, Samples.bytes(10 + i));
      registry.answer(
          getBlob(NAME, other),
          request -> {
            busy.pass();
            return status(404);
          });
      CompletableFuture<BlobContent> unused = cache.blob(ALPINE, other).toCompletableFuture();
    }
    Await.until(
        () -> cache.transfers().stream().filter(RelayedRangesIsolationTest::isBegun).count() == 8);
    Client leaving = new Client("10.0.0.1");
    CompletableFuture<BlobContent> left = open(ALPINE, "0-999", leaving);
    CompletableFuture<BlobContent> before = open(ALPINE, "0-999", new Client("10.0.0.2"));
    leaving.waiting = false;
    CompletableFuture<BlobContent> after = open(ALPINE, "0-999", new Client("10.0.0.3"));
    busy.open();

    assertThat(read(before, "0-999")).isEqualTo(slice(0, 999));
    assertThat(read(after, "0-999")).isEqualTo(slice(0, 999));
    CompletableFuture<Void> unused = left.thenAccept(BlobContent::close);
    assertThat(blob.asked()).containsExactly("5000-5000", "0-999");
  }

  private static boolean isBegun(TransferState transfer) {
    return transfer.phase() != TransferState.Phase.WAITING;
  }

  // The right to read.

  /**
   * A repository that does not have the blob. Its upstream waits at the gate before it says so of a
   * range, but not where the cache asks for one byte instead of a HEAD.
   */
  private RangedBlob withoutBlob(Gate gate) {
    RangedBlob absent = RangedBlob.in(registry, DEBIAN.value(), CONTENT);
    absent.first(
        request -> {
          if (!"bytes=0-0".equals(request.getHeaders().get("Range"))) {
            gate.pass();
          }
          return Optional.of(status(404));
        });
    return absent;
  }

  private void denyHead() {
    registry.answer(headBlob(DEBIAN.value(), DIGEST), request -> status(404));
  }

  @Test
  void whoWaitsForBytesWithoutRightGetsNoneThatAnotherRepositoryFetches() throws IOException {
    Gate gate = registry.gate();
    RangedBlob absent = withoutBlob(gate);
    RangedBlob.in(registry, NAME, CONTENT);
    // The last one is not requested yet. They lie too far apart to be requested together.
    String ranges = "1000000-1000009,1200000-1200009,1400000-1400009,1600000-1600009,1000-1999";
    CompletableFuture<BlobContent> waiting = open(DEBIAN, ranges);
    Await.until(() -> absent.asked().size() == 4);
    denyHead();

    assertThat(range("1000-1999")).isEqualTo(slice(1000, 1999));

    assertThat(Await.failure(waiting).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
    gate.open();
  }

  @Test
  void whoHasTheRightDoesNotFailWithTheFetchOfARepositoryThatHasNot() throws IOException {
    Gate gate = registry.gate();
    withoutBlob(gate);
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    CompletableFuture<BlobContent> without = open(DEBIAN, "0-999");
    gate.awaitArrival();
    CompletableFuture<BlobContent> with = open(ALPINE, "500-1999");
    Await.until(() -> registry.count(headBlob(NAME, DIGEST)) > 0);
    denyHead();
    gate.open();

    assertThat(Await.failure(without).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
    assertThat(read(with, "500-1999")).isEqualTo(slice(500, 1999));
    assertThat(blob.asked()).isNotEmpty();
  }

  @Test
  void theWholeIsNotBegunOverPiecesOfAnotherRepository() throws IOException {
    Gate absence = registry.gate();
    RangedBlob absent = withoutBlob(absence);
    Gate bytes = registry.gate();
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    blob.firstPass(bytes);
    CompletableFuture<BlobContent> without = open(DEBIAN, "0-9");
    absence.awaitArrival();
    CompletableFuture<BlobContent> with = open(ALPINE, "1000-1999");
    bytes.awaitArrival();
    denyHead();

    assertThat(Await.failure(cache.blob(DEBIAN, DIGEST)).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);

    assertThat(absent.asked()).containsOnly("0-9", "0-0");
    bytes.open();
    assertThat(read(with, "1000-1999")).isEqualTo(slice(1000, 1999));
    assertThat(Await.failure(without).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
    absence.open();
  }
}
