package dev.cistern.proxy;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.maintenance.GarbageCollection;
import dev.cistern.proxy.maintenance.KeptContent;
import dev.cistern.proxy.maintenance.RepositorySummary;
import dev.cistern.proxy.maintenance.RepositorySummary.Extent;
import dev.cistern.proxy.maintenance.StoreStatistics;
import dev.cistern.proxy.maintenance.StoredRepositories;
import dev.cistern.proxy.maintenance.TagSummary;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.report.ContentUse;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.proxy.report.TransferState;
import dev.cistern.proxy.report.TransferState.Phase;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A cache shows what it is doing and what it has")
class CacheStateTest {

  private static final String NAME = ALPINE.value();
  private static final int SIZE = 500_000;

  private final TestCache test;

  CacheStateTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  @Test
  void transferShowsItsProgressAndItsReaders() throws IOException {
    byte[] content = Samples.bytes(SIZE);
    Gate gate = test.registry.gate();
    Digest digest = test.registry.blob(NAME, content, Map.of(300_000, gate));
    assertThat(test.cache.transfers()).isEmpty();

    try (BlobContent first = test.open(ALPINE, digest);
        BlobContent second = test.open(ALPINE, digest)) {
      gate.awaitArrival();
      assertThat(Reading.from(first, 0, 200_000)).hasSize(200_000);
      test.driver.await(() -> received() == 300_000);

      assertThat(test.cache.transfers())
          .singleElement()
          .satisfies(
              state -> {
                assertThat(state.transfer().digest()).isEqualTo(digest);
                assertThat(state.transfer().repository()).isEqualTo(ALPINE);
                assertThat(state.phase()).isEqualTo(Phase.RECEIVING);
                assertThat(state.size()).isEqualTo(OptionalLong.of(SIZE));
                assertThat(state.readers()).isEqualTo(2);
                assertThat(state.age()).isPositive();
              });
      gate.open();
      assertThat(Reading.all(second)).isEqualTo(content);
    }
    test.driver.await(() -> test.cache.transfers().isEmpty());
  }

  private long received() {
    return test.cache.transfers().stream().mapToLong(TransferState::received).sum();
  }

  private Digest pull(String note) {
    Digest digest = test.registry.tag(NAME, note, MediaType.OCI_MANIFEST, Samples.manifest(note));
    ManifestContent pulled = Await.value(test.cache.manifest(ALPINE, digest));
    test.driver.await(() -> test.cache.use(pulled.digest()).isPresent());
    return digest;
  }

  @Test
  void leastRecentlyUsedContentComesFirst() {
    Digest oldest = pull("1");
    test.clock.advance(Duration.ofMinutes(1));
    Digest middle = pull("2");
    test.clock.advance(Duration.ofMinutes(1));
    Digest latest = pull("3");

    assertThat(test.cache.leastRecentlyUsed(2))
        .extracting(ContentUse::digest)
        .containsExactly(oldest, middle);
    assertThat(test.cache.leastRecentlyUsed(9))
        .extracting(ContentUse::digest)
        .containsExactly(oldest, middle, latest);
    assertThat(test.cache.leastRecentlyUsed(0)).isEmpty();
    assertThat(test.cache.use(latest).orElseThrow().lastUse())
        .isAfter(test.cache.use(oldest).orElseThrow().lastUse());
    assertThat(test.cache.use(Digest.sha256(new byte[7]))).isEmpty();
  }

  /** The sweep with which a cache begins would evict some of what these tests count. */
  private void awaitFirstSweep() {
    Await.until(() -> test.cache.diskUsage().indexed());
    // One after the other.
    Await.value(test.cache.sweep());
  }

  @Test
  void sweepEvictsWhatTheLimitsRequireAndRemovesLinks() throws IOException {
    awaitFirstSweep();
    Digest unused = pull("1");
    test.clock.advance(test.cache.limits().ttl().plusMinutes(1));
    Digest used = pull("2");

    GarbageReport report = Await.value(test.cache.sweep());

    assertThat(report.evictedContents()).isEqualTo(1);
    assertThat(report.evictedBytes()).isPositive();
    assertThat(report.danglingLinks()).isPositive();
    assertThat(report.failures()).isEmpty();
    assertThat(report.after().contents()).isEqualTo(report.before().contents() - 1);
    assertThat(test.cache.use(unused)).isEmpty();
    assertThat(test.cache.use(used)).isPresent();
    assertThat(Await.value(test.cache.sweep()).evictedContents()).isZero();
  }

  @Test
  void sweepReportsWhatTheCommandWouldReport() throws IOException {
    awaitFirstSweep();
    Digest unused = pull("1");
    test.clock.advance(test.cache.limits().ttl().plusMinutes(1));
    Digest used = pull("2");
    test.driver.await(() -> test.store.holds(used));
    GarbageReport dry =
        new GarbageCollection(test.driver, test.cache.limits(), test.clock).dryRun();

    GarbageReport report = Await.value(test.cache.sweep());

    assertThat(dry.contents())
        .singleElement()
        .satisfies(garbage -> assertThat(garbage.outcome()).isEqualTo(Outcome.LEFT));
    assertThat(report.contents())
        .singleElement()
        .satisfies(
            garbage -> {
              assertThat(garbage.eviction().digest()).isEqualTo(unused);
              assertThat(garbage.eviction().reason()).isEqualTo(EvictionReason.IDLE);
              assertThat(garbage.repositories()).containsExactly(ALPINE);
              assertThat(garbage.outcome()).isEqualTo(Outcome.REMOVED);
            });
    assertThat(report.evicted()).isEqualTo(dry.evicted());
    assertThat(report.danglingLinks()).isEqualTo(dry.danglingLinks());
    assertThat(report.after().contents()).isEqualTo(dry.after().contents());
    assertThat(report.after().bytes()).isEqualTo(dry.after().bytes());
  }

  @Test
  void sweepKnowsUsesThatStorageDoesNotKnowYet() throws IOException {
    awaitFirstSweep();
    Digest digest = pull("1");
    test.driver.await(() -> test.store.holds(digest));
    test.clock.advance(test.cache.limits().ttl().plusMinutes(1));
    pull("1");
    Instant now = test.clock.instant();

    assertThat(StoreStatistics.of(test.driver, 1).oldest())
        .extracting(KeptContent::lastUse)
        .allSatisfy(use -> assertThat(use).isBefore(now.minus(test.cache.limits().ttl())));
    assertThat(StoreStatistics.of(test.driver, test.cache::use, 1).oldest())
        .extracting(KeptContent::lastUse)
        .allSatisfy(use -> assertThat(use).isAfter(now.minusSeconds(1)));
    assertThat(Await.value(test.cache.sweep()).contents()).isEmpty();
  }

  @Test
  void repositoriesAndTagsAreShownInParts() throws IOException {
    byte[] manifest = Samples.manifest("x");
    Digest digest = test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, manifest);
    Await.value(test.cache.manifest(ALPINE, LATEST));
    test.driver.await(() -> test.store.tag(ALPINE, LATEST).isPresent());
    for (String tag : List.of("a1", "a2", "b1")) {
      test.store.tag(ALPINE, new Tag(tag), digest);
    }
    StoredRepositories stored = new StoredRepositories(test.driver, test.cache::use);

    assertThat(stored.search("alp", "", 5)).containsExactly(ALPINE);
    assertThat(stored.search("", "", 5)).containsExactly(ALPINE);
    assertThat(stored.search("alp", NAME, 5)).isEmpty();
    assertThat(stored.search("none", "", 5)).isEmpty();
    RepositorySummary summary = stored.summary(ALPINE);
    assertThat(summary.tags()).isEqualTo(4);
    assertThat(summary.contents()).isEqualTo(1);
    assertThat(summary.bytes()).isEqualTo(manifest.length);
    assertThat(summary.lastUse()).isPresent();
    assertThat(summary.extent()).isEqualTo(Extent.ALL);
    assertThat(stored.tags(ALPINE, "a", "", 9))
        .extracting(tag -> tag.tag().value())
        .containsExactly("a1", "a2", "latest");
    assertThat(stored.tags(ALPINE, "", "a1", 2))
        .extracting(tag -> tag.tag().value())
        .containsExactly("a2", "b1");
    TagSummary tag = stored.tags(ALPINE, "latest", "", 1).get(0);
    assertThat(tag.digest()).isEqualTo(digest);
    assertThat(tag.bytes()).isEqualTo(manifest.length);
    assertThat(tag.set()).isNotEqualTo(Optional.empty());
  }
}
