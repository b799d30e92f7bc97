package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cache with less disk than its content needs. */
class BoundedDiskTest {

  private static final String NAME = ALPINE.value();
  private static final int MIB = 1 << 20;

  private final Path root;
  private final FakeRegistry registry = FakeRegistry.start();
  private final ManualClock clock = new ManualClock();
  private final FilesystemDriver driver;
  private final ContentStore store;
  private PullThroughCache cache;

  BoundedDiskTest(@TempDir Path root) throws IOException {
    this.root = root;
    // Files have the time of the machine, and this must not be behind.
    clock.advance(Duration.between(clock.instant(), Instant.now()));
    driver = FilesystemDriver.open(root);
    store = new ContentStore(driver);
    cache = open(Limits.builder());
  }

  private PullThroughCache open(Limits.Builder limits) {
    return PullThroughCache.builder()
        .upstream(registry.connect())
        .storage(driver)
        .clock(clock)
        .limits(limits.sweep(Duration.ofMillis(5)).build())
        .build();
  }

  private void reopen(Limits.Builder limits) throws IOException {
    cache.close();
    cache = open(limits);
    Await.until(() -> cache.diskUsage().indexed());
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    cache.close();
  }

  /** An image of one layer. */
  private record Image(Tag tag, Digest manifest, Digest layer) {}

  private Image image(int number) {
    byte[] content = Samples.bytes(MIB + number);
    Digest layer = registry.blob(NAME, content);
    byte[] manifest =
        """
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
         "config": {"mediaType": "application/x", "size": 1, "digest": "%s"},
         "layers": [{"mediaType": "application/x", "size": %d, "digest": "%s"}]}
        """
            .formatted(layer, content.length, layer)
            .getBytes(StandardCharsets.UTF_8);
    Tag tag = new Tag("v" + number);
    return new Image(tag, registry.tag(NAME, tag.value(), MediaType.OCI_MANIFEST, manifest), layer);
  }

  private void pull(Image image) throws IOException {
    clock.advance(Duration.ofMinutes(1));
    assertThat(Await.value(cache.manifest(ALPINE, image.tag)).digest()).isEqualTo(image.manifest);
    assertThat(Digest.sha256(pull(image.layer))).isEqualTo(image.layer);
    Await.stored(cache, ALPINE, image.layer);
    // Counted too, or it would count as used when the clock has moved on.
    Await.until(() -> store.holds(image.manifest) && cache.diskUsage().contents() == kept());
  }

  private long kept() throws IOException {
    try (Stream<BlobStat> blobs = new ContentInventory(driver).blobs()) {
      return blobs.count();
    }
  }

  private byte[] pull(Digest digest) throws IOException {
    try (BlobContent blob = Await.value(cache.blob(ALPINE, digest))) {
      return Reading.all(blob);
    }
  }

  /** What all files have, those on their way among them. */
  private long onDisk() {
    try (Stream<Path> files = Files.walk(root)) {
      return files.mapToLong(BoundedDiskTest::size).sum();
    } catch (UncheckedIOException e) {
      // Something has gone under the walk.
      return onDisk();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static long size(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theLeastRecentlyUsedImagesAreEvictedWithinTheLimit() throws IOException {
    long limit = 25L * MIB / 4;
    reopen(Limits.builder().maxSize(limit));
    Image hot = image(0);
    Image[] cold = new Image[7];
    pull(hot);
    for (int i = 0; i < cold.length; i++) {
      cold[i] = image(i + 1);
      pull(cold[i]);
      assertThat(onDisk()).isLessThanOrEqualTo(limit);
      pull(hot);
      assertThat(cache.diskUsage().used()).isLessThanOrEqualTo(limit);
    }

    assertThat(registry.count(getBlob(NAME, hot.layer))).isEqualTo(1);
    assertThat(registry.count(getManifest(NAME, hot.manifest))).isEqualTo(1);
    assertThat(store.holds(cold[0].layer)).isFalse();
    assertThat(store.holds(cold[1].layer)).isFalse();
    assertThat(store.holds(cold[6].layer)).isTrue();
    assertThat(store.holds(cold[5].layer)).isTrue();

    pull(cold[0]);
    assertThat(registry.count(getBlob(NAME, cold[0].layer))).isEqualTo(2);
  }

  @Test
  void aBlobLargerThanTheLimitIsServedAndEvictsNothing() throws IOException {
    reopen(Limits.builder().maxSize(2 * MIB));
    Image small = image(0);
    pull(small);
    byte[] content = Samples.bytes(5 * MIB);
    Digest large = registry.blob(NAME, content);

    assertThat(pull(large)).isEqualTo(content);

    assertThat(store.holds(large)).isFalse();
    assertThat(store.holds(small.layer)).isTrue();
    assertThat(onDisk()).isLessThan(2 * MIB);
    Await.until(() -> cache.diskUsage().used() < 2 * MIB);
  }

  @Test
  void aBlobWithoutALengthThatDoesNotFitIsServed() throws IOException {
    reopen(Limits.builder().maxSize(2 * MIB));
    byte[] content = Samples.bytes(5 * MIB);
    Digest large = Digest.sha256(content);
    registry.answer(
        getBlob(NAME, large),
        request ->
            new MockResponse.Builder().chunkedBody(new Buffer().write(content), 64 << 10).build());

    assertThat(pull(large)).isEqualTo(content);

    assertThat(store.holds(large)).isFalse();
    Await.until(() -> cache.diskUsage().used() == 0);
  }

  @Test
  void aSlowReaderGetsAllOfABlobThatIsEvicted() throws IOException {
    reopen(Limits.builder().maxSize(2 * MIB));
    Image slow = image(0);
    pull(slow);
    try (BlobContent blob = Await.value(cache.blob(ALPINE, slow.layer))) {
      byte[] begin = Reading.from(blob, 0, 100_000);
      pull(image(1));
      pull(image(2));
      assertThat(store.holds(slow.layer)).isFalse();

      byte[] all = Reading.all(blob);
      assertThat(all).startsWith(begin);
      assertThat(Digest.sha256(all)).isEqualTo(slow.layer);
    }
  }

  @Test
  void evictedLayersOfACachedManifestAreFetchedAgain() throws IOException {
    Limits.Builder limits = Limits.builder().ttl(Duration.ofHours(10));
    reopen(limits);
    Image image = image(0);
    pull(image);
    // So that the manifest is served from storage: one on its way there was used when it arrived.
    reopen(limits);
    clock.advance(Duration.ofHours(9));
    Await.value(cache.manifest(ALPINE, image.manifest));
    clock.advance(Duration.ofHours(2));
    Await.until(() -> !store.holds(image.layer));

    assertThat(store.holds(image.manifest)).isTrue();
    pull(image);
    assertThat(registry.count(getBlob(NAME, image.layer))).isEqualTo(2);
    assertThat(registry.count(getManifest(NAME, image.manifest))).isEqualTo(1);
  }

  @Test
  void anEvictedTagIsStoredAgainWithItsManifest() throws IOException {
    reopen(Limits.builder().ttl(Duration.ofHours(10)));
    Image image = image(0);
    pull(image);
    Await.until(() -> store.tag(ALPINE, image.tag).isPresent());
    clock.advance(Duration.ofHours(11));
    Await.until(() -> store.tag(ALPINE, image.tag).isEmpty());

    pull(image);
    Await.until(() -> store.tag(ALPINE, image.tag).isPresent());
  }

  @Test
  void unfinishedTransfersAreRemovedWhenRoomIsNeeded() throws IOException {
    reopen(Limits.builder().maxSize(3 * MIB));
    byte[] content = Samples.bytes(2 * MIB);
    Gate gate = registry.gate();
    Digest unfinished = registry.blob(NAME, content, Map.of(3 * MIB / 2, gate));
    try (BlobContent blob = Await.value(cache.blob(ALPINE, unfinished))) {
      Reading.awaitAvailable(blob, MIB);
      cache.close();
    }
    cache = open(Limits.builder().maxSize(3 * MIB));
    assertThat(cache.diskUsage().used()).isBetween((long) MIB, 2L * MIB);

    byte[] other = Samples.bytes(5 * MIB / 2);
    Digest digest = registry.blob(NAME, other);
    assertThat(pull(digest)).isEqualTo(other);

    Await.until(() -> store.holds(digest));
    assertThat(onDisk()).isLessThan(3 * MIB);
  }
}
