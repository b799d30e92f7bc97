package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.body;
import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.RangedBlob;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges of blobs of which only what clients ask for is fetched. */
class RelayedRangesTest extends RelayingCache {

  RelayedRangesTest(@TempDir Path spool) {
    super(spool);
  }

  private BlobContent open(String ranges) {
    return Await.value(open(ALPINE, DIGEST, ranges));
  }

  /** Files with bytes of blobs. */
  private List<Path> files() {
    while (true) {
      try (Stream<Path> all = Files.walk(spool)) {
        return all.filter(file -> file.getFileName().toString().startsWith("sha256-")).toList();
      } catch (UncheckedIOException e) {
        assertThat(e).hasCauseInstanceOf(NoSuchFileException.class);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  // What is asked for.

  @Test
  void aRangeIsRequestedAsItIsAndOnce() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);

    assertThat(range("1000-2999")).isEqualTo(slice(1000, 2999));
    assertThat(range("1000-2999")).isEqualTo(slice(1000, 2999));
    assertThat(range("1500-1599")).isEqualTo(slice(1500, 1599));

    assertThat(blob.asked()).containsExactly("1000-2999");
    assertThat(cache.diskUsage().contents()).isZero();
  }

  @Test
  void ofARangeOnlyWhatIsMissingIsRequested() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("0-999");
    range("5000-5999");

    assertThat(range("500-5500")).isEqualTo(slice(500, 5500));

    assertThat(blob.asked()).containsExactly("0-999", "5000-5999", "1000-4999");
  }

  @Test
  void theEndIsFoundByTheSizeThatAHeadTells() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    int tail = CONTENT.length - 1000;

    assertThat(range("-1000")).isEqualTo(slice(tail, CONTENT.length - 1));

    assertThat(blob.asked()).containsExactly(tail + "-" + (CONTENT.length - 1));
    assertThat(registry.count(headBlob(NAME, DIGEST))).isOne();
  }

  @Test
  void rangesOfOneRequestThatAreFarFromEachOtherAreFetchedOneByOne() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    List<String> ranges = ranges(30, 100_000);

    assertThat(range(String.join(",", ranges))).isEqualTo(slices(30, 100_000));

    assertThat(blob.asked()).containsExactlyInAnyOrderElementsOf(ranges);
  }

  /** Podman requests a thousand chunks of a zstd:chunked layer at once. */
  @Test
  void rangesOfOneRequestThatFollowEachOtherCloselyAreFetchedAtOnce() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);

    assertThat(range(String.join(",", ranges(1000, 2000)))).isEqualTo(slices(1000, 2000));
    assertThat(range("100-1999")).isEqualTo(slice(100, 1999));

    assertThat(blob.asked()).containsExactly("0-" + (999 * 2000 + 99));
  }

  /** Ranges of 100 bytes. */
  private static List<String> ranges(int count, int distance) {
    return IntStream.range(0, count)
        .mapToObj(i -> i * distance + "-" + (i * distance + 99))
        .toList();
  }

  private static byte[] slices(int count, int distance) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    IntStream.range(0, count).forEach(i -> all.writeBytes(slice(i * distance, i * distance + 99)));
    return all.toByteArray();
  }

  @Test
  void whoAsksForTheRestAndLeavesEarlyCausesOneStepOfIt() throws IOException {
    byte[] large = Samples.bytes(40 * MB);
    Digest digest = Digest.sha256(large);
    RangedBlob blob = RangedBlob.in(registry, NAME, large);

    try (BlobContent content = Await.value(open(ALPINE, digest, "1000-"))) {
      assertThat(Reading.from(content, 1000, 10_000))
          .isEqualTo(Arrays.copyOfRange(large, 1000, 11_000));
    }

    assertThat(blob.asked()).containsExactly("1000-" + (1000 + 16 * MB - 1));
    try (BlobContent content = Await.value(open(ALPINE, digest, "1000-"))) {
      assertThat(Arrays.equals(read(content, "1000-"), Arrays.copyOfRange(large, 1000, 40 * MB)))
          .isTrue();
    }
  }

  @Test
  void allWhoWantTheSameBytesAtTheSameTimeShareOneRequest() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    Gate gate = registry.gate();
    blob.firstPass(gate);
    List<CompletableFuture<BlobContent>> readers = new ArrayList<>();
    readers.add(open(ALPINE, DIGEST, "1000-9999"));
    gate.awaitArrival();
    for (int i = 0; i < 20; i++) {
      readers.add(open(ALPINE, DIGEST, (1000 + i) + "-9999"));
    }
    gate.open();

    for (int i = 0; i < readers.size(); i++) {
      try (BlobContent content = Await.value(readers.get(i))) {
        int first = i == 0 ? 1000 : 1000 + i - 1;
        assertThat(read(content, first + "-9999")).isEqualTo(slice(first, 9999));
      }
    }
    assertThat(blob.asked()).containsExactly("1000-9999");
  }

  @Test
  void aRangeThatIsHereIsAHit() throws IOException {
    RangedBlob.in(registry, NAME, CONTENT);
    try (BlobContent first = open("0-9")) {
      assertThat(first.status())
          .isInstanceOfSatisfying(
              CacheStatus.Miss.class, miss -> assertThat(miss.traits()).isEmpty());
    }

    try (BlobContent second = open("0-9")) {
      assertThat(second.status()).isEqualTo(CacheStatus.Hit.BY_DIGEST);
    }
  }

  @Test
  void nothingButTheRangesCanBeRead() throws IOException {
    RangedBlob.in(registry, NAME, CONTENT);
    range("0-9999");

    try (BlobContent content = open("100-199")) {
      assertThat(content.available(100)).isEqualTo(100);
      assertThat(content.available(150)).isEqualTo(50);
      assertThat(content.available(200)).isZero();
      assertThatIllegalArgumentException().isThrownBy(() -> content.whenAvailable(200, () -> {}));
    }
  }

  // The whole.

  @Test
  void theWholeIsCompletedFromThePiecesAndStored() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("0-999");
    range("1000000-1999999");
    range("-1000");

    assertThat(Arrays.equals(whole(ALPINE), CONTENT)).isTrue();

    assertThat(blob.bytes()).as("%s", blob.asked()).isEqualTo(CONTENT.length);
    Await.stored(cache, ALPINE, DIGEST);
    assertThat(range("5-9")).isEqualTo(slice(5, 9));
    assertThat(blob.bytes()).isEqualTo(CONTENT.length);
  }

  @Test
  void aRangeThatIsTheWholeIsFetchedAsTheWhole() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);

    assertThat(Arrays.equals(range("0-"), CONTENT)).isTrue();

    assertThat(blob.asked()).containsExactly("whole");
    Await.stored(cache, ALPINE, DIGEST);
  }

  @Test
  void whenAllBytesHaveComeTheBlobIsVerifiedAndStored() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);

    range("0-1999999");
    range("2000000-");

    Await.stored(cache, ALPINE, DIGEST);
    assertThat(blob.asked()).containsExactly("0-1999999", "2000000-" + (CONTENT.length - 1));
    assertThat(Arrays.equals(whole(ALPINE), CONTENT)).isTrue();
  }

  @Test
  void whenAllBytesHaveComeAndAreWrongTheyAreDropped() throws IOException {
    byte[] wrong = CONTENT.clone();
    wrong[100] ^= 1;
    RangedBlob blob = RangedBlob.in(registry, NAME, DIGEST, wrong);

    assertThat(range("0-1999999")).isNotEqualTo(slice(0, 1999999));
    range("2000000-");
    Await.until(() -> files().isEmpty());

    assertThat(cache.diskUsage().contents()).isZero();
    RangedBlob right = RangedBlob.in(registry, NAME, CONTENT);
    assertThat(range("0-1999999")).isEqualTo(slice(0, 1999999));
    assertThat(right.asked()).containsExactly("0-1999999");
    assertThat(blob.asked()).hasSize(2);
  }

  @Test
  void theWholeNeverHasWrongBytesOfAPiece() throws IOException {
    byte[] wrong = CONTENT.clone();
    wrong[100] ^= 1;
    RangedBlob.in(registry, NAME, DIGEST, wrong);
    range("0-999");
    RangedBlob right = RangedBlob.in(registry, NAME, CONTENT);

    // The first who reads it may have the wrong bytes already, and never gets to the end.
    try {
      assertThat(Arrays.equals(whole(ALPINE), CONTENT)).isTrue();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining(DIGEST.toString());
    }

    assertThat(Arrays.equals(whole(ALPINE), CONTENT)).isTrue();
    assertThat(right.asked()).contains("whole");
  }

  @Test
  void readersOfRangesGoOnWhenTheWholeIsWanted() throws Exception {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("0-999");
    Gate gate = registry.gate();
    blob.firstPass(gate);
    CompletableFuture<BlobContent> range = open(ALPINE, DIGEST, "1000-1999999");
    gate.awaitArrival();
    CompletableFuture<BlobContent> whole = cache.blob(ALPINE, DIGEST).toCompletableFuture();
    gate.open();

    try (BlobContent content = Await.value(range);
        BlobContent all = Await.value(whole)) {
      assertThat(read(content, "1000-1999999")).isEqualTo(slice(1000, 1999999));
      assertThat(Arrays.equals(Reading.all(all), CONTENT)).isTrue();
    }
    assertThat(blob.bytes()).as("%s", blob.asked()).isEqualTo(CONTENT.length);
  }

  @Test
  void aFailedFetchOfTheWholeLeavesThePieces() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("2000000-2000999");
    blob.first(request -> Optional.of(status(500)));
    Await.failure(cache.blob(ALPINE, DIGEST));

    try (BlobContent content = open("2000000-2000999")) {
      assertThat(content.status()).isEqualTo(CacheStatus.Hit.BY_DIGEST);
    }
  }

  // Upstreams.

  @Test
  void anUpstreamThatIgnoresRangesIsAskedForTheWhole() throws IOException {
    Digest digest = registry.blob(NAME, CONTENT);

    assertThat(range("1000-1999")).isEqualTo(slice(1000, 1999));

    Await.stored(cache, ALPINE, digest);
    assertThat(registry.count(getBlob(NAME, digest))).isEqualTo(2);
  }

  @Test
  void anUpstreamThatRefusesTheRangeIsAskedForTheWhole() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    blob.first(
        request ->
            Optional.ofNullable(request.getHeaders().get("Range")).map(range -> status(416)));

    assertThat(range("1000-1999")).isEqualTo(slice(1000, 1999));

    assertThat(blob.asked()).containsExactly("1000-1999", "whole");
  }

  @Test
  void aSizeThatChangesMakesTheWholeDecide() throws IOException {
    RangedBlob.in(registry, NAME, DIGEST, Arrays.copyOf(CONTENT, MB));
    range("0-999");
    RangedBlob.in(registry, NAME, CONTENT);

    // The reader was told the first size.
    BlobContent content;
    try {
      content = open("1000-1999");
      read(content, "1000-1999");
      content.close();
    } catch (IOException | AssertionError e) {
      assertThat(e).hasStackTraceContaining(DIGEST.toString());
    }

    assertThat(Arrays.equals(whole(ALPINE), CONTENT)).isTrue();
    assertThat(range("1000-1999")).isEqualTo(slice(1000, 1999));
  }

  @Test
  void aPieceThatBreaksOffIsResumed() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    blob.first(
        request ->
            blob.asked().size() > 1
                ? Optional.empty()
                : Optional.of(
                    body(slice(0, 49_999))
                        .newBuilder()
                        .code(206)
                        .setHeader("Content-Range", "bytes 0-49999/" + CONTENT.length)
                        .build()));

    assertThat(range("0-99999")).isEqualTo(slice(0, 99_999));

    assertThat(blob.asked()).containsExactly("0-99999", "50000-99999");
  }

  @Test
  void aStepThatFailsOnceDoesNotCutAnAnswerThatHasBegun() throws IOException {
    byte[] large = Samples.bytes(20 * MB);
    RangedBlob blob = RangedBlob.in(registry, NAME, large);
    blob.first(request -> blob.asked().size() == 2 ? Optional.of(status(503)) : Optional.empty());

    try (BlobContent content = Await.value(open(ALPINE, Digest.sha256(large), "1000-"))) {
      assertThat(Arrays.equals(read(content, "1000-"), Arrays.copyOfRange(large, 1000, 20 * MB)))
          .isTrue();
    }

    String rest = (1000 + 16 * MB) + "-" + (20 * MB - 1);
    assertThat(blob.asked()).containsExactly("1000-" + (1000 + 16 * MB - 1), rest, rest);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 416})
  void aPieceThatBreaksOffAndIsRefusedThenIsAnsweredFromTheWhole(int refusal) throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    blob.first(
        request ->
            switch (blob.asked().size()) {
              case 1 ->
                  Optional.of(
                      body(slice(0, 49_999))
                          .newBuilder()
                          .code(206)
                          .setHeader("Content-Range", "bytes 0-49999/" + CONTENT.length)
                          .build());
              case 2 -> Optional.of(status(refusal));
              default -> Optional.empty();
            });

    assertThat(range("0-99999")).isEqualTo(slice(0, 99_999));

    assertThat(blob.asked()).startsWith("0-99999", "50000-99999").hasSizeBetween(3, 4);
  }

  /** The stargz snapshotter asks for the size by HEAD before it asks for ranges. */
  @Test
  void theSizeOfWhatIsHereIsToldWhileTheUpstreamFails() throws IOException {
    RangedBlob.in(registry, NAME, CONTENT);
    range("0-999");
    registry.answer(headBlob(NAME, DIGEST), request -> status(503));

    assertThat(Await.value(cache.blobInfo(ALPINE, DIGEST)).size()).hasValue(CONTENT.length);
    assertThat(Await.failure(cache.blobInfo(DEBIAN, DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }

  @Test
  void whatIsHereIsServedWhileTheUpstreamFailsAndTheRestComesLater() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("0-999");
    blob.first(request -> Optional.of(status(503)));

    assertThat(range("100-199")).isEqualTo(slice(100, 199));
    assertThat(Await.failure(open(ALPINE, DIGEST, "1000-1999")).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);

    blob.first(request -> Optional.empty());
    assertThat(range("500-1999")).isEqualTo(slice(500, 1999));
    assertThat(blob.asked()).containsExactly("0-999", "1000-1999", "1000-1999");
  }

  @Test
  void theFailureOfOneRangeIsNotThatOfAnother() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    Gate failing = registry.gate();
    Gate slow = registry.gate();
    blob.first(
        request -> {
          if ("bytes=0-9".equals(request.getHeaders().get("Range"))) {
            failing.pass();
            return Optional.of(status(503));
          }
          slow.pass();
          return Optional.empty();
        });
    CompletableFuture<BlobContent> first = open(ALPINE, DIGEST, "0-9");
    failing.awaitArrival();
    CompletableFuture<BlobContent> second = open(ALPINE, DIGEST, "1000-1999");
    slow.awaitArrival();

    failing.open();
    assertThat(Await.failure(first).code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    slow.open();

    try (BlobContent content = Await.value(second)) {
      assertThat(read(content, "1000-1999")).isEqualTo(slice(1000, 1999));
    }
  }

  @Test
  void aBlobThatDoesNotExistIsAbsent() {
    assertThat(Await.failure(open(ALPINE, DIGEST, "0-9")).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
    Await.until(() -> files().isEmpty());
  }

  @Test
  void anUpstreamThatFailsOnHeadIsAskedByGet() throws IOException {
    RangedBlob.in(registry, NAME, CONTENT);
    registry.answer(headBlob(NAME, DIGEST), request -> status(500));

    assertThat(range("1000-1999")).isEqualTo(slice(1000, 1999));
  }

  // The right to read.

  @Test
  void anotherRepositoryGetsPiecesOnlyAfterItsUpstreamHasConfirmed() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("0-999");

    assertThat(Await.failure(open(DEBIAN, DIGEST, "0-999")).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
    assertThat(Await.failure(cache.blob(DEBIAN, DIGEST)).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);

    registry.blob(DEBIAN.value(), CONTENT);
    long before = registry.count(getBlob(DEBIAN.value(), DIGEST));
    try (BlobContent content = Await.value(open(DEBIAN, DIGEST, "0-999"))) {
      assertThat(read(content, "0-999")).isEqualTo(slice(0, 999));
    }
    assertThat(registry.count(headBlob(DEBIAN.value(), DIGEST))).isPositive();
    assertThat(registry.count(getBlob(DEBIAN.value(), DIGEST))).isEqualTo(before);
    assertThat(blob.asked()).containsExactly("0-999");
  }

  @Test
  void aRepositoryWhoseUpstreamHasSentNothingYetGetsNoBytesOfAnother() throws IOException {
    RangedBlob absent = RangedBlob.in(registry, DEBIAN.value(), CONTENT);
    Gate gate = registry.gate();
    absent.first(
        request -> {
          // Where a HEAD fails, the cache asks for one byte.
          if (!"bytes=0-0".equals(request.getHeaders().get("Range"))) {
            gate.pass();
          }
          return Optional.of(status(404));
        });
    RangedBlob.in(registry, NAME, CONTENT);
    CompletableFuture<BlobContent> first = open(DEBIAN, DIGEST, "0-9");
    gate.awaitArrival();
    registry.answer(headBlob(DEBIAN.value(), DIGEST), request -> status(404));

    assertThat(range("1000-1999")).isEqualTo(slice(1000, 1999));

    assertThat(Await.failure(open(DEBIAN, DIGEST, "1000-1999")).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
    gate.open();
    assertThat(Await.failure(first).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }

  // The disk.

  @Test
  void piecesCountAsDiskUseAndGoFirst() throws IOException {
    replace(builder -> builder.limits(Limits.DEFAULT.withMaxSize(5L * MB)));
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("0-1999999");
    Await.until(() -> cache.diskUsage().used() >= 2_000_000);

    byte[] other = Samples.bytes(4 * MB);
    Digest stored = registry.blob(NAME, other);
    try (BlobContent content = Await.value(cache.blob(ALPINE, stored))) {
      Reading.all(content);
    }
    Await.stored(cache, ALPINE, stored);

    assertThat(cache.diskUsage().used()).isLessThanOrEqualTo(5L * MB);
    Await.until(() -> files().isEmpty());
    assertThat(range("0-999")).isEqualTo(slice(0, 999));
    assertThat(blob.asked()).containsExactly("0-1999999", "0-999");
  }

  @Test
  void aBlobThatIsTooLargeIsRefusedAsAWhole() throws IOException {
    replace(builder -> builder.limits(Limits.builder().maxBlobSize(MB).build()));
    RangedBlob.in(registry, NAME, CONTENT);

    assertThat(Await.failure(open(ALPINE, DIGEST, "0-9"))).hasMessageContaining("at most");
  }

  @Test
  void piecesBeginAnewAfterARestart() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("1000-1999");
    replace(builder -> builder);

    assertThat(files()).isEmpty();
    assertThat(range("1000-1999")).isEqualTo(slice(1000, 1999));
    assertThat(blob.asked()).containsExactly("1000-1999", "1000-1999");
    assertThat(Arrays.equals(whole(ALPINE), CONTENT)).isTrue();
  }

  @Test
  void readersFailWhenTheCacheCloses() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    Gate gate = registry.gate();
    blob.firstPass(gate);
    CompletableFuture<BlobContent> range = open(ALPINE, DIGEST, "0-9");
    gate.awaitArrival();

    cache.close();

    assertThat(Await.failure(range).code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  // Any ranges, in any order, beside each other.

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyRangesAreRightAndNoByteIsAskedForTwice(long seed) throws Exception {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    Random random = new Random(seed);
    BitSet wanted = new BitSet(CONTENT.length);
    List<CompletableFuture<Void>> reading = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int first = random.nextInt(CONTENT.length);
      int last =
          Math.min(CONTENT.length - 1, first + random.nextInt(random.nextInt(5) == 0 ? MB : 5000));
      wanted.set(first, last + 1);
      CompletableFuture<Void> one =
          CompletableFuture.runAsync(
              () -> {
                try {
                  assertThat(Arrays.equals(range(first + "-" + last), slice(first, last)))
                      .as("%d-%d", first, last)
                      .isTrue();
                } catch (IOException e) {
                  throw new AssertionError("seed " + seed, e);
                }
              });
      if (random.nextBoolean()) {
        Await.value(one);
      }
      reading.add(one);
    }
    reading.forEach(Await::value);

    BitSet asked = new BitSet(CONTENT.length);
    for (String range : blob.asked()) {
      String[] ends = range.split("-", -1);
      int from = Integer.parseInt(ends[0]);
      int to = Integer.parseInt(ends[1]) + 1;
      assertThat(asked.get(from, to).isEmpty()).as("%s of %s", range, blob.asked()).isTrue();
      asked.set(from, to);
    }
    assertThat(asked).isEqualTo(wanted);
    assertThat(Arrays.equals(whole(ALPINE), CONTENT)).isTrue();
    assertThat(blob.bytes()).isEqualTo(CONTENT.length);
  }

  @Test
  void aReaderThatLeavesWhileItWaitsChangesNothingForOthers() throws IOException {
    RangedBlob blob = RangedBlob.in(registry, NAME, CONTENT);
    range("0-9");
    Gate gate = registry.gate();
    blob.firstPass(gate);
    BlobContent leaving = open("0-99999");
    leaving.whenAvailable(10, () -> {});
    gate.awaitArrival();
    BlobContent staying = open("0-99999");
    staying.whenAvailable(10, () -> {});
    leaving.close();
    gate.open();

    assertThat(read(staying, "0-99999")).isEqualTo(slice(0, 99_999));
    staying.close();
    assertThat(blob.asked()).containsExactly("0-9", "10-99999");
  }
}
