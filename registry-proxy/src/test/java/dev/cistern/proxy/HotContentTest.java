package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static dev.cistern.proxy.testing.FakeRegistry.headManifest;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.internal.memory.NoMemoryException;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.ScriptedDriver;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests and small blobs that are used are answered from memory, at once. */
class HotContentTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] SMALL = Samples.bytes(64 << 10);
  private static final byte[] LARGE = Samples.bytes((64 << 10) + 1);
  private static final byte[] MANIFEST = Samples.manifest("hot");

  @TempDir private Path spool;
  private final FakeRegistry registry = FakeRegistry.start();
  private final ManualClock clock = new ManualClock();
  private final ScriptedDriver driver = new ScriptedDriver(clock);
  private final ContentStore store = new ContentStore(driver);
  private final AtomicInteger reads = new AtomicInteger();
  private PullThroughCache cache;
  private Digest small;
  private Digest large;
  private Digest manifest;

  @BeforeEach
  void start() throws IOException {
    cache = open(options -> options);
    small = registry.blob(NAME, SMALL);
    large = registry.blob(NAME, LARGE);
    manifest = registry.tag(NAME, LATEST.value(), MediaType.OCI_MANIFEST, MANIFEST);
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    cache.close();
  }

  @Test
  void largeManifestsInMemoryLeaveTheMemoryForOthers() throws IOException {
    reopen(options -> options.memory(64 << 20));
    List<Digest> large =
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    registry.manifest(
                        NAME, MediaType.OCI_MANIFEST, Samples.manifest(i + "x".repeat(1 << 20))))
            .toList();
    for (Digest digest : large) {
      Await.value(cache.manifest(ALPINE, digest));
      driver.await(() -> store.manifest(ALPINE, digest).isPresent());
    }
    driver.beforeReads(key -> reads.incrementAndGet());
    for (Digest digest : large) {
      Await.value(cache.manifest(ALPINE, digest));
    }
    assertThat(reads).hasValue(0);

    awaitAllMemory();
    cache.close();
    awaitAllMemory();
  }

  /** What other tests had is collected some time. */
  private static void awaitAllMemory() throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try (MetadataMemory.Reservation all = MetadataMemory.OF_HEAP.reserve(1)) {
        all.grow(all.largest());
        return;
      } catch (NoMemoryException e) {
        assertThat(System.nanoTime()).isLessThan(deadline);
      }
    }
  }

  private PullThroughCache open(UnaryOperator<PullThroughCacheBuilder> options) {
    return options
        .apply(
            PullThroughCache.builder()
                .upstream(registry.connect())
                .storage(driver)
                .spoolDirectory(spool)
                .limits(sweeping().build())
                .clock(clock)
                .negativeTtl(Duration.ZERO)
                .memory(1 << 20))
        .build();
  }

  private static Limits.Builder sweeping() {
    return Limits.builder().sweep(Duration.ofMillis(5));
  }

  private void reopen(UnaryOperator<PullThroughCacheBuilder> options) throws IOException {
    cache.close();
    cache = open(options);
  }

  /** Everything once from the upstream and once from storage. */
  private void warmUp() throws IOException {
    pull(ALPINE, small, SMALL);
    pull(ALPINE, large, LARGE);
    Await.stored(cache, ALPINE, small);
    Await.stored(cache, ALPINE, large);
    for (int i = 0; i < 2; i++) {
      Await.value(cache.manifest(ALPINE, LATEST));
      driver.await(() -> store.tag(ALPINE, LATEST).isPresent());
    }
    driver.beforeReads(
        key -> {
          if (key.endsWith("/data")) {
            reads.incrementAndGet();
          }
        });
  }

  private void pull(RepositoryName repository, Digest digest, byte[] content) throws IOException {
    try (BlobContent blob = Await.value(cache.blob(repository, digest))) {
      assertThat(Reading.all(blob)).isEqualTo(content);
    }
  }

  private static <V> V atOnce(CompletionStage<V> stage) {
    assertThat(stage.toCompletableFuture()).isCompleted();
    return Await.value(stage);
  }

  @Test
  void hotContentIsAnsweredAtOnceWithoutStorage() throws IOException {
    warmUp();
    Gate storage = new Gate();
    driver.beforeReads(key -> storage.pass());

    assertThat(atOnce(cache.manifest(ALPINE, manifest)).body())
        .isEqualTo(ByteBuffer.wrap(MANIFEST));
    assertThat(atOnce(cache.manifestInfo(ALPINE, manifest)).size()).isEqualTo(MANIFEST.length);
    assertThat(atOnce(cache.blobInfo(ALPINE, small)).size()).hasValue(SMALL.length);
    try (BlobContent blob = atOnce(cache.blob(ALPINE, small))) {
      assertThat(blob.memory()).hasValue(ByteBuffer.wrap(SMALL));
      assertThat(Reading.all(blob)).isEqualTo(SMALL);
      assertThat(Reading.from(blob, 1000, 10)).hasSize(10);
    }
    storage.open();
  }

  @Test
  void theMemoryCanChangeWhileTheCacheIsUsed() throws IOException {
    warmUp();
    UpstreamOptions same = UpstreamOptions.of(registry.connect());
    PullThroughCacheBuilder changed =
        PullThroughCache.builder().upstream(same).limits(sweeping().build()).memory(2 << 20);

    cache.reconfigure(changed);
    assertThat(atOnce(cache.manifest(ALPINE, manifest)).body())
        .isEqualTo(ByteBuffer.wrap(MANIFEST));
    assertThat(reads).hasValue(0);

    cache.reconfigure(changed.memory(0));
    pull(ALPINE, small, SMALL);
    pull(ALPINE, small, SMALL);
    assertThat(reads).hasValueGreaterThanOrEqualTo(2);
  }

  @Test
  void aFreshTagIsAnsweredAtOnceToo() throws IOException {
    reopen(
        options ->
            options.freshness(new FreshnessPolicy(Duration.ofSeconds(60), Duration.ofSeconds(3))));
    warmUp();
    clock.advance(Duration.ofSeconds(59));

    assertThat(atOnce(cache.manifest(ALPINE, LATEST)).digest()).isEqualTo(manifest);
    assertThat(atOnce(cache.manifestInfo(ALPINE, LATEST)).digest()).isEqualTo(manifest);
    assertThat(reads).hasValue(0);
    assertThat(registry.count(headManifest(NAME, LATEST))).isEqualTo(1);
  }

  @Test
  void aCheckedTagNeedsNoStorageEither() throws IOException {
    warmUp();

    assertThat(Await.value(cache.manifest(ALPINE, LATEST)).digest()).isEqualTo(manifest);
    assertThat(Await.value(cache.manifestInfo(ALPINE, LATEST)).digest()).isEqualTo(manifest);
    assertThat(reads).hasValue(0);
    assertThat(registry.count(headManifest(NAME, LATEST))).isEqualTo(4);
  }

  @Test
  void requestsNeverBlockWhateverStorageDoes() throws IOException {
    warmUp();
    Gate storage = new Gate();
    driver.beforeReads(key -> storage.pass());
    Digest unknown = Digest.sha256(new byte[] {1});

    CompletionStage<BlobContent> blob = cache.blob(ALPINE, large);
    CompletionStage<?> cold = cache.manifest(ALPINE, unknown);
    assertThat(cache.blobInfo(ALPINE, large).toCompletableFuture()).isNotDone();
    assertThat(cache.manifestInfo(ALPINE, unknown).toCompletableFuture()).isNotDone();
    assertThat(blob.toCompletableFuture()).isNotDone();
    storage.open();

    Await.value(blob).close();
    assertThat(Await.failure(cold).code()).isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
  }

  @Test
  void anotherRepositoryNeedsAConfirmationForHotContent() throws IOException {
    warmUp();

    assertThat(Await.failure(cache.blob(DEBIAN, small)).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
    assertThat(Await.failure(cache.blobInfo(DEBIAN, small)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
    assertThat(Await.failure(cache.manifest(DEBIAN, manifest)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
    assertThat(Await.failure(cache.blob(ALPINE, manifest)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);

    registry.blob(DEBIAN.value(), SMALL);
    pull(DEBIAN, small, SMALL);
    pull(ALPINE, small, SMALL);
    atOnce(cache.blob(DEBIAN, small));
    // Those that showed that Debian did not have it.
    assertThat(registry.count(getBlob(DEBIAN.value(), small)))
        .isEqualTo(registry.count(headBlob(DEBIAN.value(), small)) - 1);
  }

  @Test
  void largeBlobsAreReadFromStorage() throws IOException {
    warmUp();

    pull(ALPINE, large, LARGE);

    assertThat(reads).hasPositiveValue();
  }

  @Test
  void withoutMemoryEverythingIsReadFromStorage() throws IOException {
    reopen(options -> options.memory(0));
    warmUp();

    pull(ALPINE, small, SMALL);
    int blobReads = reads.getAndSet(0);
    Await.value(cache.manifest(ALPINE, manifest));

    assertThat(blobReads).isPositive();
    assertThat(reads).hasPositiveValue();
  }

  @Test
  void theMostUsedContentStaysWithinTheMemory() throws IOException {
    for (int i = 1; i <= 40; i++) {
      byte[] content = Samples.bytes((64 << 10) - i);
      Digest digest = registry.blob(NAME, content);
      pull(ALPINE, digest, content);
      Await.stored(cache, ALPINE, digest);
    }
    Gate storage = new Gate();
    driver.beforeReads(key -> storage.pass());
    List<CompletionStage<BlobContent>> blobs =
        IntStream.rangeClosed(1, 40)
            .mapToObj(i -> Digest.sha256(Samples.bytes((64 << 10) - i)))
            .map(digest -> cache.blob(ALPINE, digest))
            .toList();
    long hot = blobs.stream().filter(blob -> blob.toCompletableFuture().isDone()).count();
    storage.open();
    blobs.forEach(Await::value);

    // Of forty that fill two and a half times the memory.
    assertThat(hot).isBetween(4L, 16L);
  }

  @Test
  void evictedContentIsNotHot() throws IOException {
    reopen(options -> options.limits(sweeping().ttl(Duration.ofHours(10)).build()));
    warmUp();
    clock.advance(Duration.ofHours(11));
    driver.await(() -> !store.holds(small) && !store.holds(manifest));

    pull(ALPINE, small, SMALL);
    Await.value(cache.manifest(ALPINE, manifest));

    assertThat(registry.count(getBlob(NAME, small))).isEqualTo(2);
    assertThat(registry.count(getManifest(NAME, manifest))).isEqualTo(2);
  }

  @Test
  void theFirstUseFromMemoryCountsHoweverSoonItComes() throws IOException {
    Await.value(cache.manifest(ALPINE, LATEST));
    driver.await(() -> store.tag(ALPINE, LATEST).isPresent());
    clock.advance(Duration.ofMillis(500));

    atOnce(cache.manifest(ALPINE, manifest));

    assertThat(cache.use(manifest).orElseThrow().lastUse())
        .isAfter(clock.instant().minusMillis(100));
  }

  @Test
  void hotContentCountsAsUsed() throws IOException {
    reopen(options -> options.limits(sweeping().ttl(Duration.ofHours(10)).build()));
    warmUp();
    clock.advance(Duration.ofHours(9));
    atOnce(cache.blob(ALPINE, small));
    atOnce(cache.manifest(ALPINE, manifest));
    clock.advance(Duration.ofHours(9));
    driver.await(() -> !store.holds(large));

    assertThat(store.holds(small)).isTrue();
    assertThat(store.holds(manifest)).isTrue();
  }

  @Test
  void contentDeletedByOthersIsFetchedAgain() throws IOException {
    warmUp();
    ContentInventory inventory = new ContentInventory(driver);
    inventory.delete(small);
    long kept;
    try (Stream<BlobStat> blobs = inventory.blobs()) {
      kept = blobs.count();
    }
    // The store is listed once an hour; until then it cannot be known.
    clock.advance(Duration.ofMinutes(61));
    Await.contents(cache, kept);

    pull(ALPINE, small, SMALL);

    assertThat(registry.count(getBlob(NAME, small))).isEqualTo(2);
  }

  @Test
  void theDefaultMemoryIsAnEighthOfTheHeap() {
    PullThroughCacheBuilder builder = PullThroughCache.builder();

    assertThat(builder.memory())
        .isEqualTo(Math.min(Runtime.getRuntime().maxMemory() / 8, 256L << 20));
    assertThat(builder.memory(5).memory()).isEqualTo(5);
    assertThatIllegalArgumentException().isThrownBy(() -> builder.memory(-1));
  }
}
