package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.CacheStatus;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two independent caches over one directory. */
class SharedDirectoryTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] CONTENT = Samples.bytes(400_000);
  private static final long MAX_SIZE = 2_000_000;

  private final Path root;
  private final FakeRegistry registry = FakeRegistry.start();
  private final ManualClock clock = new ManualClock();
  private final PullThroughCache first;
  private final PullThroughCache second;
  private final ContentStore store;

  SharedDirectoryTest(@TempDir Path root) throws Exception {
    this.root = root;
    clock.advance(Duration.between(clock.instant(), Instant.now()));
    first = open();
    second = open();
    store = new ContentStore(FilesystemDriver.open(root));
    Await.until(() -> first.diskUsage().indexed() && second.diskUsage().indexed());
  }

  private PullThroughCache open() throws IOException {
    return PullThroughCache.builder()
        .upstream(registry.connect())
        .storage(FilesystemDriver.open(root))
        .clock(clock)
        .limits(Limits.builder().maxSize(MAX_SIZE).sweep(Duration.ofMillis(5)).build())
        .build();
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    first.close();
    second.close();
  }

  private static byte[] pull(PullThroughCache cache, Digest digest) throws IOException {
    try (BlobContent blob = Await.value(cache.blob(ALPINE, digest))) {
      return Reading.all(blob);
    }
  }

  private long copies(Digest digest) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(digest.hex() + "/data")).count();
    }
  }

  @Test
  void aBlobFetchedByOneIsServedByTheOtherWithoutUpstream() throws Exception {
    Digest blob = registry.blob(NAME, CONTENT);
    Digest manifest =
        registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, Samples.manifest("shared"));
    assertThat(pull(first, blob)).isEqualTo(CONTENT);
    Await.value(first.manifest(ALPINE, LATEST));
    Await.until(() -> store.holds(blob) && store.tag(ALPINE, LATEST).isPresent());

    assertThat(pull(second, blob)).isEqualTo(CONTENT);
    assertThat(Await.value(second.manifest(ALPINE, manifest)).digest()).isEqualTo(manifest);
    assertThat(registry.count(getBlob(NAME, blob))).isEqualTo(1);
    assertThat(registry.count(getManifest(NAME, manifest))).isEqualTo(1);

    registry.goDown();
    ManifestContent stale = Await.value(second.manifest(ALPINE, LATEST));
    assertThat(stale.digest()).isEqualTo(manifest);
    assertThat(stale.status()).isInstanceOf(CacheStatus.Stale.class);
  }

  @Test
  void aBlobFetchedByBothAtOnceIsStoredOnce() throws Exception {
    Gate gate = registry.gate();
    Digest digest = registry.blob(NAME, CONTENT, Map.of(200_000, gate));
    try (BlobContent one = Await.value(first.blob(ALPINE, digest));
        BlobContent two = Await.value(second.blob(ALPINE, digest))) {
      gate.open();
      assertThat(Reading.all(one)).isEqualTo(CONTENT);
      assertThat(Reading.all(two)).isEqualTo(CONTENT);
    }
    first.close();
    second.close();

    assertThat(copies(digest)).isEqualTo(1);
    try (Stream<Path> leftovers = Files.walk(root.resolve(".cistern"))) {
      assertThat(leftovers.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void aReaderKeepsABlobThatTheOtherCacheEvicts() throws Exception {
    Digest digest = registry.blob(NAME, CONTENT);
    pull(first, digest);
    // Counted too, or it would count as used when the clock has moved on.
    Await.stored(first, ALPINE, digest);
    try (BlobContent blob = Await.value(second.blob(ALPINE, digest))) {
      byte[] begin = Reading.from(blob, 0, 1000);
      clock.advance(Duration.ofDays(8));
      Await.until(() -> !store.holds(digest));

      assertThat(Reading.all(blob)).isEqualTo(CONTENT).startsWith(begin);
    }
    assertThat(pull(second, digest)).isEqualTo(CONTENT);
    assertThat(registry.count(getBlob(NAME, digest))).isEqualTo(2);
  }

  @Test
  void everyBodyIsRightWhileBothEvict() throws Exception {
    Map<Digest, byte[]> contents = new LinkedHashMap<>();
    for (int i = 0; i < 12; i++) {
      byte[] content = Samples.bytes(200_000 + 10_000 * i);
      contents.put(registry.blob(NAME, content), content);
    }
    List<Digest> digests = List.copyOf(contents.keySet());
    ExecutorService clients = Executors.newFixedThreadPool(4);
    List<Future<?>> pulls = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      PullThroughCache cache = i % 2 == 0 ? first : second;
      Random random = new Random(i);
      pulls.add(
          clients.submit(
              () -> {
                for (int j = 0; j < 40; j++) {
                  Digest digest = digests.get(random.nextInt(digests.size()));
                  assertThat(Digest.sha256(pull(cache, digest))).isEqualTo(digest);
                }
                return null;
              }));
    }
    for (Future<?> pull : pulls) {
      pull.get();
    }
    clients.shutdown();
    first.close();
    second.close();
    for (Digest digest : digests) {
      assertThat(copies(digest)).isLessThanOrEqualTo(1);
    }
    // Each knows of the other's only once it lists, so the two together may take as much as both.
    assertThat(size()).isLessThanOrEqualTo(2 * MAX_SIZE);
    try (PullThroughCache third = open()) {
      Await.until(() -> third.diskUsage().indexed() && size() <= MAX_SIZE);
    }
  }

  private long size() throws IOException {
    try (Stream<BlobStat> blobs = new ContentInventory(FilesystemDriver.open(root)).blobs()) {
      return blobs.mapToLong(BlobStat::size).sum();
    }
  }
}
