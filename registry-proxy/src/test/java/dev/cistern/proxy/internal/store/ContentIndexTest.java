package dev.cistern.proxy.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.proxy.internal.store.EvictionCandidates.Protection;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentIndexTest {

  private static final long NOW = 1_800_000_000_000L;
  private static final Digest A = digest("a");
  private static final Digest B = digest("b");

  private final ContentIndex index = new ContentIndex();

  private static Digest digest(String content) {
    return Digest.sha256(content.getBytes(StandardCharsets.UTF_8));
  }

  private static Digest random(Random random, DigestAlgorithm algorithm) {
    byte[] bytes = new byte[algorithm.hexLength() / 2];
    random.nextBytes(bytes);
    return new Digest(algorithm, HexFormat.of().formatHex(bytes));
  }

  private ContentIndex.Entry entry(Digest digest) {
    return index.entry(index.id(digest).orElseThrow()).orElseThrow();
  }

  // What it knows

  @Test
  void aPutIsCountedOnce() {
    index.put(A, 10, NOW);
    index.put(B, 5, NOW);
    index.put(A, 10, NOW);

    assertThat(index.totals().count()).isEqualTo(2);
    assertThat(index.totals().bytes()).isEqualTo(15);
    assertThat(entry(A)).isEqualTo(new ContentIndex.Entry(A, 10, NOW));
  }

  @Test
  void aUseIsRecorded() {
    index.put(A, 10, NOW);
    index.used(A, 10, NOW + 1600);
    assertThat(entry(A).lastUse()).isEqualTo(NOW + 1600);
    index.used(A, 10, NOW);
    assertThat(entry(A).lastUse()).isEqualTo(NOW + 1600);
  }

  @Test
  void aUseFromMemoryIsRecordedOnlyForIndexedContent() {
    index.put(A, 10, NOW);
    assertThat(index.usedFromMemory(A, NOW + 1600)).isTrue();
    assertThat(entry(A).lastUse()).isEqualTo(NOW + 1600);

    index.remove(A);
    assertThat(index.usedFromMemory(A, NOW + 3200)).isFalse();
    assertThat(index.totals().count()).isZero();
  }

  @Test
  void aUseFromMemoryDoesNotShowThatItIsStillStored() {
    index.put(A, 10, NOW);
    index.beginRound();
    index.usedFromMemory(A, NOW + 1600);

    assertThat(index.endRound()).isOne();
    assertThat(index.usedFromMemory(A, NOW + 3200)).isFalse();
  }

  @Test
  void whatIsUsedBeforeItIsIndexedIsCountedThen() {
    index.used(A, 10, NOW);
    index.found(A, 10, NOW - 86_400_000);
    assertThat(index.totals().count()).isEqualTo(1);
    assertThat(index.totals().bytes()).isEqualTo(10);
    assertThat(entry(A).lastUse()).isEqualTo(NOW);
  }

  @Test
  void largeSizesAndLongAgoAreKept() {
    index.put(A, (3L << 39) + 5, 0);
    assertThat(index.totals().bytes()).isEqualTo((3L << 39) + 5);
    assertThat(entry(A).lastUse()).isBetween(0L, 16L);
    index.remove(A);
    assertThat(index.totals().bytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void itBehavesLikeAMap(long seed) {
    Random random = new Random(seed);
    Map<Digest, long[]> model = new HashMap<>();
    Digest[] digests = new Digest[3_000];
    for (int i = 0; i < digests.length; i++) {
      digests[i] = random(random, i % 5 == 0 ? DigestAlgorithm.SHA512 : DigestAlgorithm.SHA256);
    }
    for (int i = 0; i < 60_000; i++) {
      // Waves, so that tables grow and empty again.
      Digest digest = digests[random.nextInt(1 + (i / 10) % digests.length)];
      long size = random.nextInt(100_000);
      long time = NOW + 16L * random.nextInt(1_000_000);
      switch (random.nextInt(4)) {
        case 0, 1 -> {
          index.put(digest, size, time);
          model.merge(
              digest,
              new long[] {size, time},
              (old, now) -> new long[] {now[0], Math.max(old[1], now[1])});
        }
        case 2 -> {
          long known = model.containsKey(digest) ? model.get(digest)[0] : size;
          index.used(digest, known, time);
          model.merge(
              digest,
              new long[] {known, time},
              (old, now) -> new long[] {old[0], Math.max(old[1], now[1])});
        }
        default -> assertThat(index.remove(digest)).isEqualTo(model.remove(digest) != null);
      }
    }

    assertThat(index.totals().count()).isEqualTo(model.size());
    assertThat(index.totals().bytes())
        .isEqualTo(model.values().stream().mapToLong(one -> one[0]).sum());
    Map<Digest, long[]> seen = new HashMap<>();
    index.forEach(
        (id, cost, lastUse, protection) -> {
          Digest digest = index.entry(id).orElseThrow().digest();
          assertThat(seen.put(digest, new long[] {cost - Costs.OVERHEAD, lastUse})).isNull();
        });
    assertThat(seen.keySet()).isEqualTo(model.keySet());
    model.forEach((digest, known) -> assertThat(seen.get(digest)).isEqualTo(known));
  }

  // Listings

  @Test
  void contentMissingInAListingIsRemoved() {
    index.put(A, 10, NOW);
    index.put(B, 10, NOW);
    index.beginRound();
    index.found(A, 10, NOW);
    assertThat(index.endRound()).isEqualTo(1);
    assertThat(index.contains(A)).isTrue();
    assertThat(index.contains(B)).isFalse();
    assertThat(index.totals().bytes()).isEqualTo(10);
  }

  @Test
  void contentPutOrUsedDuringAListingStays() {
    index.put(A, 10, NOW);
    index.beginRound();
    index.used(A, 10, NOW);
    index.put(B, 10, NOW);
    assertThat(index.endRound()).isZero();
    assertThat(index.totals().count()).isEqualTo(2);
  }

  @Test
  void aListingDoesNotRestoreContentRemovedDuringIt() {
    index.put(A, 10, NOW);
    index.beginRound();
    index.remove(A);
    index.found(A, 10, NOW);
    index.endRound();
    assertThat(index.contains(A)).isFalse();
    assertThat(index.totals().bytes()).isZero();

    index.beginRound();
    index.found(A, 10, NOW);
    index.endRound();
    assertThat(index.contains(A)).isTrue();
  }

  @Test
  void contentRemovedAndPutAgainDuringAListingStays() {
    index.put(A, 10, NOW);
    index.beginRound();
    index.remove(A);
    index.put(A, 10, NOW);
    index.found(A, 10, NOW);
    index.endRound();
    assertThat(index.totals().count()).isEqualTo(1);
  }

  @Test
  void anIncompleteListingRemovesNothing() {
    index.put(A, 10, NOW);
    index.beginRound();
    index.abandonRound();
    assertThat(index.contains(A)).isTrue();
    index.beginRound();
    index.found(A, 10, NOW);
    assertThat(index.endRound()).isZero();
  }

  @Test
  void aNewSizeIsTakenFromAPutAndNotFromAListing() {
    index.put(A, 10, NOW);
    index.found(A, 4, NOW);
    assertThat(index.totals().bytes()).isEqualTo(10);
    assertThat(index.differs(A, 4)).isTrue();
    index.put(A, 4, NOW);
    assertThat(index.totals().bytes()).isEqualTo(4);
    assertThat(index.differs(A, 4)).isFalse();
    assertThat(index.differs(B, 4)).isFalse();
  }

  // Pins

  @Test
  void pinsAreShownAsProtected() {
    index.put(A, 10, NOW);
    index.pin(Set.of(A, B));
    index.put(B, 10, NOW);
    assertThat(protectedOnes()).containsExactlyInAnyOrder(A, B);
    index.pin(Set.of(B));
    assertThat(protectedOnes()).containsExactly(B);
  }

  private Set<Digest> protectedOnes() {
    Set<Digest> found = new HashSet<>();
    index.forEach(
        (id, cost, lastUse, protection) -> {
          if (protection == Protection.PROTECTED) {
            found.add(index.entry(id).orElseThrow().digest());
          }
        });
    return found;
  }

  // What storage does not know

  @Test
  void usesAreUnwrittenOnceTheyAreOldEnough() {
    index.put(A, 10, NOW);
    // So often that each alone would count for nothing.
    for (int i = 1; i <= 40_000; i++) {
      index.used(A, 10, NOW + i * 100L);
    }
    assertThat(index.unwritten(3_990, 10)).hasSize(1);
    assertThat(index.unwritten(4_010, 10)).isEmpty();

    index.useIsStored(A, NOW + 4_000_000);
    assertThat(index.unwritten(1, 10)).isEmpty();
    index.used(A, 10, NOW + 86_400_000L * 30);
    assertThat(index.unwritten(3_600, 10)).hasSize(1);
    assertThat(index.unwritten(3_600, 0)).isEmpty();
  }

  @Test
  void anOlderStoredTimeMakesAUseUnwritten() {
    index.used(A, 10, NOW);
    index.found(A, 10, NOW - 7_200_000);
    assertThat(index.unwritten(3_600, 10)).hasSize(1);
  }

  // Threads

  @Test
  void concurrentUsesListingsAndRemovalsKeepTheCount() throws Exception {
    Random random = new Random(7);
    Digest[] digests = new Digest[500];
    for (int i = 0; i < digests.length; i++) {
      digests[i] = random(random, DigestAlgorithm.SHA256);
    }
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<Callable<Void>> tasks =
          List.of(
              () -> churn(digests, 1),
              () -> churn(digests, 2),
              () -> churn(digests, 3),
              () -> churn(digests, 4),
              () -> list(digests),
              this::visit);
      for (Future<Void> task : threads.invokeAll(tasks)) {
        task.get();
      }
    } finally {
      threads.shutdownNow();
    }

    long[] sums = new long[2];
    index.forEach(
        (id, cost, lastUse, protection) -> {
          sums[0]++;
          sums[1] += cost - Costs.OVERHEAD;
        });
    assertThat(index.totals().count()).isEqualTo(sums[0]);
    assertThat(index.totals().bytes()).isEqualTo(sums[1]);
  }

  private Void churn(Digest[] digests, long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 50_000; i++) {
      Digest digest = digests[random.nextInt(digests.length)];
      switch (random.nextInt(3)) {
        case 0 -> index.put(digest, 100, NOW + i);
        case 1 -> index.used(digest, 100, NOW + i);
        default -> index.remove(digest);
      }
    }
    return null;
  }

  private Void list(Digest[] digests) {
    for (int i = 0; i < 100; i++) {
      index.beginRound();
      for (Digest digest : digests) {
        index.found(digest, 100, NOW);
      }
      index.endRound();
    }
    return null;
  }

  private Void visit() {
    for (int i = 0; i < 200; i++) {
      index.forEach(
          (id, cost, lastUse, protection) -> assertThat(cost).isEqualTo(100 + Costs.OVERHEAD));
    }
    return null;
  }

  // Memory

  @Test
  void aMillionContentsTakeFiftyMegabytes() {
    Random random = new Random(11);
    for (int i = 0; i < 1_000_000; i++) {
      index.put(random(random, DigestAlgorithm.SHA256), 1_000, NOW);
    }
    assertThat(index.totals().count()).isEqualTo(1_000_000);
    assertThat(index.memory()).isLessThan(51_000_000);
  }
}
