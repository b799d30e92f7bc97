package dev.cistern.proxy.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.report.ContentUse;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.proxy.testing.Await;
import dev.cistern.storage.content.StoredManifest;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Two images that share a layer, an index over one of them, and another repository. */
class PurgeTest {

  private static final RepositoryName IMAGES = new RepositoryName("team/images");
  private static final RepositoryName OTHER = new RepositoryName("team/other");
  private static final Tag ONE = new Tag("1");
  private static final Tag TWO = new Tag("2");

  private final MemoryDriver driver = new MemoryDriver();
  private final StoreFixture store = new StoreFixture(driver);
  private Digest shared;
  private Digest own;
  private Digest elsewhere;
  private Digest platform;
  private Digest index;
  private Digest two;

  @BeforeEach
  void fill() throws IOException {
    shared = store.blob(IMAGES, 10);
    own = store.blob(IMAGES, 20);
    elsewhere = store.blob(IMAGES, 30);
    store.store.link(OTHER, elsewhere);
    platform = manifest(IMAGES, image(shared, own, elsewhere));
    index = manifest(IMAGES, indexOf(platform));
    store.store.tag(IMAGES, ONE, index);
    two = manifest(IMAGES, image(shared));
    store.store.tag(IMAGES, TWO, two);
  }

  @AfterEach
  void close() throws IOException {
    driver.close();
  }

  private Digest manifest(RepositoryName repository, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.sha256(bytes);
    store.store.publishManifest(
        repository, StoredManifest.of(digest, MediaType.OCI_MANIFEST, bytes));
    return digest;
  }

  private static String descriptors(String type, Digest... digests) {
    return Stream.of(digests)
        .map(
            digest ->
                "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":10}".formatted(type, digest))
        .collect(Collectors.joining(","));
  }

  private static String image(Digest... layers) {
    return "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
        + "\"config\":"
        + descriptors("application/vnd.oci.image.config.v1+json", layers[0])
        + ",\"layers\":["
        + descriptors("application/vnd.oci.image.layer.v1.tar+gzip", layers)
        + "]}";
  }

  private static String indexOf(Digest... manifests) {
    return "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
        + "\"manifests\":["
        + descriptors("application/vnd.oci.image.manifest.v1+json", manifests)
        + "]}";
  }

  private PurgeReport purge(Reference reference) throws IOException {
    return new Purge(driver).run(IMAGES, Optional.of(reference));
  }

  private static List<Digest> digests(PurgeReport report) {
    return report.contents().stream().map(PurgedContent::digest).toList();
  }

  @Test
  @DisplayName("11. Stored manifests that are read count in the memory for them")
  void largeManifestsWaitForMemory() throws Exception {
    String note = "x".repeat(MetadataMemory.FREE);
    Digest large =
        manifest(IMAGES, image(shared).replace("\"layers\"", "\"n\":\"" + note + "\",\"layers\""));
    store.store.tag(IMAGES, new Tag("large"), large);
    StoredRepositories stored =
        new StoredRepositories(
            driver, digest -> Optional.of(new ContentUse(digest, 1, Instant.EPOCH)));

    assertWaitsForMemory(() -> new Purge(driver).dryRun(IMAGES, Optional.of(large)));
    assertWaitsForMemory(() -> stored.tags(IMAGES, "large", "", 1));
  }

  private static void assertWaitsForMemory(Callable<?> read) throws Exception {
    FutureTask<Object> task = new FutureTask<>(read::call);
    Thread reader = new Thread(task);
    try (MetadataMemory.Reservation all = MetadataMemory.OF_HEAP.reserve(1)) {
      all.grow(all.largest());
      reader.start();
      Await.until(() -> task.isDone() || reader.getState() == Thread.State.TIMED_WAITING);
      assertThat(task).isNotDone();
    }
    assertThat(task.get()).isNotNull();
  }

  @Test
  void aTagTakesItsImageAlongButNotWhatOthersNeed() throws IOException {
    PurgeReport report = purge(ONE);

    assertThat(report.tags()).containsExactly(ONE);
    assertThat(digests(report)).containsExactlyInAnyOrder(index, platform, own, elsewhere);
    assertThat(report.failures()).isEmpty();
    assertThat(store.store.tags(IMAGES)).containsExactly(TWO);
    assertThat(store.holds(own)).isFalse();
    assertThat(store.holds(index)).isFalse();
    assertThat(store.holds(platform)).isFalse();
    assertThat(store.holds(shared)).isTrue();
    assertThat(store.store.manifest(IMAGES, two)).isPresent();
  }

  @Test
  void whatAnotherRepositoryHasStaysForThatOneAlone() throws IOException {
    PurgeReport report = purge(ONE);

    assertThat(report.contents())
        .filteredOn(content -> content.digest().equals(elsewhere))
        .singleElement()
        .satisfies(content -> assertThat(content.elsewhere()).containsExactly(OTHER))
        .satisfies(content -> assertThat(content.outcome()).isEqualTo(Outcome.LEFT));
    assertThat(store.store.blob(IMAGES, elsewhere)).isEmpty();
    assertThat(store.store.blob(OTHER, elsewhere)).isPresent();
  }

  @Test
  void aDryRunNamesTheSameAndRemovesNothing() throws IOException {
    PurgeReport dry = new Purge(driver).dryRun(IMAGES, Optional.of(ONE));

    assertThat(store.store.tags(IMAGES)).containsExactly(ONE, TWO);
    assertThat(store.holds(own)).isTrue();
    PurgeReport real = purge(ONE);
    assertThat(digests(dry)).isEqualTo(digests(real));
    assertThat(dry.bytes()).isEqualTo(real.bytes()).isGreaterThan(20);
    assertThat(dry.contents()).allMatch(content -> content.outcome() == Outcome.LEFT);
  }

  @Test
  void aTagWhoseImageHasAnotherTagIsAllThatGoes() throws IOException {
    store.store.tag(IMAGES, new Tag("latest"), index);

    PurgeReport report = purge(ONE);

    assertThat(report.tags()).containsExactly(ONE);
    assertThat(report.contents()).isEmpty();
    assertThat(store.store.manifest(IMAGES, index)).isPresent();
  }

  @Test
  void aDigestTakesAllItsTagsAlong() throws IOException {
    store.store.tag(IMAGES, new Tag("latest"), index);

    assertThat(purge(index).tags()).containsExactly(ONE, new Tag("latest"));
    assertThat(store.holds(platform)).isFalse();
  }

  @Test
  void aDigestIsRemovedEvenIfAnIndexListsIt() throws IOException {
    assertThat(digests(purge(platform))).containsExactlyInAnyOrder(platform, own, elsewhere);
    assertThat(store.store.manifest(IMAGES, index)).isPresent();
  }

  @Test
  void aBlobIsRemovedAlone() throws IOException {
    assertThat(digests(purge(own))).containsExactly(own);
    assertThat(store.holds(own)).isFalse();
    assertThat(store.store.tags(IMAGES)).containsExactly(ONE, TWO);
  }

  @Test
  void aRepositoryIsRemovedAsAWhole() throws IOException {
    PurgeReport report = new Purge(driver).run(IMAGES, Optional.empty());

    assertThat(report.tags()).containsExactly(ONE, TWO);
    assertThat(store.store.repositories()).containsExactly(OTHER);
    assertThat(store.holds(shared)).isFalse();
    assertThat(store.holds(elsewhere)).isTrue();
  }

  @Test
  void whatIsNotThereIsNoFailure() throws IOException {
    assertThat(purge(new Tag("none")).isEmpty()).isTrue();
    assertThat(purge(Digest.sha256(new byte[] {1})).isEmpty()).isTrue();
    assertThat(new Purge(driver).run(new RepositoryName("no/such"), Optional.empty()).isEmpty())
        .isTrue();
  }

  @Test
  void whatCannotBeDeletedIsReportedAndTheRestIsDeleted() throws IOException {
    Purge purge =
        new Purge(
            driver,
            (digest, size) -> {
              if (digest.equals(own)) {
                throw new IOException("busy");
              }
              store.inventory.delete(digest);
              return true;
            });

    PurgeReport report = purge.run(IMAGES, Optional.of(ONE));

    assertThat(report.failures())
        .singleElement()
        .satisfies(failure -> assertThat(failure.subject()).isEqualTo(own.toString()));
    assertThat(store.holds(platform)).isFalse();
  }
}
