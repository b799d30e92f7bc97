package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Reference;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.proxy.maintenance.PurgedContent;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image that was purged from a running cache is gone from its memory, too. */
class PurgedCacheTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] BLOB = Samples.bytes(1000);

  private TestCache test;
  private Digest blob;
  private Digest manifest;

  @BeforeEach
  void start(@TempDir Path spool) {
    test = TestCache.over(spool);
    blob = test.registry.blob(NAME, BLOB);
    manifest =
        test.registry.tag(NAME, LATEST.value(), MediaType.OCI_MANIFEST, Samples.manifest("purged"));
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private PurgeReport purge(Reference reference) {
    return Await.value(test.cache.purge(ALPINE, Optional.of(reference)));
  }

  private void pull() throws IOException {
    Await.value(test.cache.manifest(ALPINE, LATEST));
    assertThat(test.pull(ALPINE, blob)).isEqualTo(BLOB);
    test.awaitStored(ALPINE, blob);
    test.driver.await(() -> test.store.tag(ALPINE, LATEST).isPresent());
    Await.contents(test.cache, 2);
    // So that both are in memory.
    Await.value(test.cache.manifest(ALPINE, manifest));
    assertThat(test.pull(ALPINE, blob)).isEqualTo(BLOB);
  }

  @Test
  void aPurgedManifestAndItsTagAreFetchedAgain() throws IOException {
    pull();
    long before = test.registry.count(getManifest(NAME, manifest));

    PurgeReport report = purge(LATEST);

    assertThat(report.tags()).containsExactly(LATEST);
    assertThat(test.store.tags(ALPINE)).isEmpty();
    Await.value(test.cache.manifest(ALPINE, LATEST));
    assertThat(test.registry.count(getManifest(NAME, manifest))).isEqualTo(before + 1);
    // And the tag is stored again, although the cache had stored it just before.
    test.driver.await(() -> test.store.tag(ALPINE, LATEST).isPresent());
  }

  @Test
  void aPurgedBlobIsFetchedAgainAndReported() throws IOException {
    pull();

    PurgeReport report = purge(blob);

    assertThat(report.bytes()).isEqualTo(BLOB.length);
    assertThat(test.events.evicted(EvictionReason.PURGED)).isEqualTo(1);
    assertThat(test.pull(ALPINE, blob)).isEqualTo(BLOB);
    assertThat(test.registry.count(getBlob(NAME, blob))).isEqualTo(2);
    test.awaitStored(ALPINE, blob);
  }

  @Test
  void aBlobThatAnotherRepositoryHasIsNoLongerGivenOutInThisOne() throws IOException {
    pull();
    test.registry.blob(DEBIAN.value(), BLOB);
    assertThat(test.pull(DEBIAN, blob)).isEqualTo(BLOB);
    test.driver.await(() -> test.isStored(DEBIAN, blob));
    assertThat(test.pull(DEBIAN, blob)).isEqualTo(BLOB);

    purge(blob);

    assertThat(test.isStored(DEBIAN, blob)).isTrue();
    test.registry.answer(getBlob(NAME, blob), request -> status(404));
    test.registry.answer(headBlob(NAME, blob), request -> status(404));
    assertThat(Await.failure(test.cache.blob(ALPINE, blob)).getMessage()).contains(blob.toString());
    assertThat(test.pull(DEBIAN, blob)).isEqualTo(BLOB);
  }

  @Test
  void usageCountsNoMoreWhatWasPurged() throws IOException {
    pull();

    Await.value(test.cache.purge(ALPINE, Optional.empty()));

    assertThat(test.cache.diskUsage().contents()).isZero();
    assertThat(test.cache.diskUsage().bytes()).isZero();
    assertThat(test.store.repositories()).isEmpty();
    assertThat(test.events.faults(StorageFault.READ)).isZero();
  }

  @Test
  void whatIsStillBeingStoredIsPurgedToo() throws IOException {
    Gate storing = test.registry.gate();
    test.driver.beforeWrites(key -> storing.pass());
    Await.value(test.cache.manifest(ALPINE, LATEST));
    assertThat(test.pull(ALPINE, blob)).isEqualTo(BLOB);
    storing.awaitArrival();

    CompletionStage<PurgeReport> purging = test.cache.purge(ALPINE, Optional.empty());
    storing.open();
    PurgeReport report = Await.value(purging);

    assertThat(report.tags()).containsExactly(LATEST);
    assertThat(report.contents()).extracting(PurgedContent::digest).contains(manifest);
    test.driver.await(() -> test.cache.transfers().isEmpty());
    assertThat(test.isStored(ALPINE, blob)).isFalse();
    assertThat(test.store.tags(ALPINE)).isEmpty();
    Await.contents(test.cache, 0);
    assertThat(test.pull(ALPINE, blob)).isEqualTo(BLOB);
    assertThat(test.registry.count(getBlob(NAME, blob))).isEqualTo(2);
  }

  @Test
  void aBlobThatIsBeingFetchedIsNotStoredAndItsReaderGetsIt() throws IOException {
    Gate sending = test.registry.gate();
    byte[] large = Samples.bytes(300_000);
    Digest fetched = test.registry.blob(NAME, large, Map.of(200_000, sending));
    BlobContent content = test.open(ALPINE, fetched);
    sending.awaitArrival();

    PurgeReport report = purge(fetched);
    sending.open();

    assertThat(report.isEmpty()).isTrue();
    try (content) {
      assertThat(Reading.all(content)).isEqualTo(large);
    }
    test.driver.await(() -> test.cache.transfers().isEmpty());
    assertThat(test.isStored(ALPINE, fetched)).isFalse();
    assertThat(test.spooled()).isEmpty();
    test.driver.await(() -> test.cache.diskUsage().used() == 0);
  }
}
