package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static dev.cistern.proxy.testing.FakeRegistry.rest;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RangeSet;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.proxy.maintenance.PurgedContent;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.RemoteDriver;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Caches over a store behind a network, which several of them share. */
@DisplayName("5. A failing, full or silent store behind a network fails no client")
class RemoteStorageTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] CONTENT = Samples.bytes(1_500_000);
  private static final String DATA = "/data";

  private final Path directory;
  private final FakeRegistry registry = FakeRegistry.start();
  private final ManualClock clock = new ManualClock();
  private final RemoteDriver store = new RemoteDriver(clock);
  private final Gate hanging = new Gate();
  private final List<AutoCloseable> open = new ArrayList<>();

  RemoteStorageTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private PullThroughCache cache(String name) {
    return cache(name, new ArrayList<>());
  }

  private PullThroughCache cache(String name, List<String> failures) {
    CacheListener listener =
        new CacheListener() {
          @Override
          public void storageFailed(StorageFault fault, String attempt, Throwable cause) {
            failures.add(attempt);
          }
        };
    PullThroughCache cache =
        PullThroughCache.builder()
            .upstream(registry.connect())
            .storage(store)
            .local(new LocalTier(directory.resolve(name), 100 << 20))
            .clock(clock)
            .listener(listener)
            .build();
    open.add(cache);
    return cache;
  }

  @AfterEach
  void close() throws Exception {
    hanging.open();
    registry.close();
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private static byte[] pull(PullThroughCache cache, Digest digest) throws IOException {
    try (BlobContent content = Await.value(cache.blob(ALPINE, digest))) {
      return Reading.all(content);
    }
  }

  /** Puts a blob into the store, as another cache does. */
  private Digest share(byte[] content) throws IOException {
    Digest digest = registry.blob(NAME, content);
    try (PullThroughCache other = cache("other")) {
      assertThat(pull(other, digest)).isEqualTo(content);
      store.await("_layers/sha256/" + digest.hex() + "/link");
    }
    return digest;
  }

  // Clients that get blobs from the store themselves

  private PullThroughCache redirecting(long from) {
    PullThroughCache cache =
        PullThroughCache.builder()
            .upstream(registry.connect())
            .storage(store)
            .local(
                new LocalTier(directory.resolve("redirecting"), 100 << 20, OptionalLong.of(from)))
            .clock(clock)
            .build();
    open.add(cache);
    return cache;
  }

  @Test
  void aClientIsSentToTheStoreForWhatTheStoreHas() throws IOException {
    Digest digest = share(CONTENT);

    URI url = Await.value(redirecting(1 << 20).blobUrl(ALPINE, digest)).orElseThrow();

    assertThat(url.getPath()).endsWith(digest.hex() + "/data");
    assertThat(registry.count(getBlob(NAME, digest))).isEqualTo(1);
  }

  @Test
  void manyClientsThatAreSentToTheStoreCostOneMarkerForATenthOfTheTtl() throws IOException {
    Digest digest = share(CONTENT);
    AtomicInteger markers = new AtomicInteger();
    store.beforeWrites(
        (key, position) -> {
          if (key.startsWith("cistern/used")) {
            markers.incrementAndGet();
          }
        });
    PullThroughCache cache = redirecting(1 << 20);

    for (int i = 0; i < 10; i++) {
      assertThat(Await.value(cache.blobUrl(ALPINE, digest))).isPresent();
    }
    awaitUploads(cache);
    assertThat(markers).hasValue(1);

    clock.advance(Duration.ofDays(1));
    assertThat(Await.value(cache.blobUrl(ALPINE, digest))).isPresent();
    awaitUploads(cache);
    assertThat(markers).hasValue(2);
  }

  private static void awaitUploads(PullThroughCache cache) {
    Await.until(() -> cache.pendingUploads() == 0);
  }

  @Test
  void aClientIsNotSentToTheStoreForAnotherRepositorysBlob() throws IOException {
    Digest digest = share(CONTENT);
    RepositoryName other = new RepositoryName("library/other");

    assertThat(Await.value(redirecting(1 << 20).blobUrl(other, digest))).isEmpty();
  }

  @Test
  void aClientIsNotSentToTheStoreForSmallBlobsOrAbsentOnes() throws IOException {
    Digest digest = share(CONTENT);
    PullThroughCache cache = redirecting(CONTENT.length + 1);

    assertThat(Await.value(cache.blobUrl(ALPINE, digest))).isEmpty();
    assertThat(Await.value(cache.blobUrl(ALPINE, Digest.sha256(new byte[] {1})))).isEmpty();
  }

  @Test
  void aClientIsNotSentToAStoreThatFails() throws IOException {
    Digest digest = share(CONTENT);
    store.beforeLooks(
        (key, position) -> {
          throw new StorageException(Kind.UNAVAILABLE, "down", null);
        });
    PullThroughCache cache = redirecting(1 << 20);

    assertThat(Await.value(cache.blobUrl(ALPINE, digest))).isEmpty();
    assertThat(pull(cache, digest)).isEqualTo(CONTENT);
  }

  @Test
  void noClientIsSentToTheStoreUnlessTheOperatorWantsIt() throws IOException {
    Digest digest = share(CONTENT);

    assertThat(cache("mine").blobUrl(ALPINE, digest).toCompletableFuture()).isCompleted();
    assertThat(Await.value(cache("theirs").blobUrl(ALPINE, digest))).isEmpty();
  }

  // The local directory

  @Test
  void aLocalDirectoryThatCannotBeUsedNamesItsOwnSetting() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");

    assertThatThrownBy(() -> new LocalTier(file.resolve("local"), 1).open())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.resolve("local").toString())
        .hasMessageEndingWith("or set proxy.local.rootdirectory");
  }

  // What is shared

  @Test
  void whatOneCacheFetchedAnotherOneGetsFromTheStore() throws IOException {
    Digest digest = share(CONTENT);
    PullThroughCache cache = cache("mine");

    assertThat(pull(cache, digest)).isEqualTo(CONTENT);

    assertThat(registry.count(getBlob(NAME, digest))).isEqualTo(1);
    assertThat(registry.count(headBlob(NAME, digest))).isZero();
  }

  @Test
  void whatTheStoreDoesNotHaveYetIsCounted() throws IOException {
    store.beforeWrites(
        (key, position) -> {
          if (!key.startsWith("cistern/ttl")) {
            hanging.pass();
          }
        });
    PullThroughCache cache = cache("mine");

    assertThat(pull(cache, registry.blob(NAME, CONTENT))).isEqualTo(CONTENT);
    hanging.awaitArrival();
    assertThat(cache.pendingUploads()).isPositive();

    hanging.open();
    awaitUploads(cache);
  }

  @Test
  void whatIsTakenFromTheStoreIsMarkedAsUsedThere() throws IOException {
    Digest digest = share(CONTENT);
    pull(cache("mine"), digest);
    store.await("cistern/used/sha256/" + digest.hex().substring(0, 2) + "/" + digest.hex());
  }

  @Test
  void theEndOfACacheDoesNotWaitForTheStoreToNoteUses() throws IOException {
    Digest digest = share(CONTENT);
    List<String> failures = new CopyOnWriteArrayList<>();
    try (PullThroughCache cache = cache("mine", failures)) {
      pull(cache, digest);
      Await.stored(cache, ALPINE, digest);
      clock.advance(Duration.ofMinutes(1));
      pull(cache, digest);
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void hitsComeFromTheLocalDirectoryAsFiles() throws IOException {
    Digest digest = share(CONTENT);
    PullThroughCache cache = cache("mine");
    pull(cache, digest);
    Await.stored(cache, ALPINE, digest);
    store.opened().clear();

    try (BlobContent content = Await.value(cache.blob(ALPINE, digest))) {
      assertThat(content.channel()).isPresent();
    }
    assertThat(store.opened()).isEmpty();
  }

  @Test
  void whatIsPurgedIsGoneFromTheStoreAndFromTheLocalDirectory() throws IOException {
    Digest digest = share(CONTENT);
    PullThroughCache cache = cache("mine");
    pull(cache, digest);
    Await.stored(cache, ALPINE, digest);

    PurgeReport report = Await.value(cache.purge(ALPINE, Optional.of(digest)));

    assertThat(report.contents())
        .singleElement()
        .extracting(PurgedContent::outcome)
        .isEqualTo(Outcome.REMOVED);
    assertThat(report.bytes()).isEqualTo(CONTENT.length);
    assertThat(new ContentStore(store).blob(ALPINE, digest)).isEmpty();
    assertThat(pull(cache, digest)).isEqualTo(CONTENT);
    assertThat(registry.count(getBlob(NAME, digest))).isEqualTo(2);
  }

  @Test
  void manyWhoWaitForABlobReadTheStoreOnce() throws IOException {
    Digest digest = share(CONTENT);
    PullThroughCache cache = cache("mine");
    store.opened().clear();
    Gate gate = new Gate();
    open.add(0, gate::open);
    store.beforeReads((key, position) -> gate.pass());
    List<CompletionStage<BlobContent>> waiting = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      waiting.add(cache.blob(ALPINE, digest));
    }
    gate.open();
    for (CompletionStage<BlobContent> each : waiting) {
      try (BlobContent content = Await.value(each)) {
        assertThat(Reading.all(content)).isEqualTo(CONTENT);
      }
    }
    assertThat(store.opened().stream().filter(key -> key.endsWith(DATA))).hasSize(1);
    assertThat(registry.count(getBlob(NAME, digest))).isEqualTo(1);
  }

  @Test
  void theSizeOfABlobComesFromTheStore() throws IOException {
    Digest digest = share(CONTENT);
    PullThroughCache cache = cache("mine");
    assertThat(Await.value(cache.blobInfo(ALPINE, digest)).size()).hasValue(CONTENT.length);
    assertThat(registry.count(headBlob(NAME, digest))).isZero();
  }

  @Test
  void aRepositoryWithoutALinkInTheStoreAsksTheUpstream() throws IOException {
    Digest digest = share(CONTENT);
    PullThroughCache cache = cache("mine");

    assertThat(Await.failure(cache.blob(Samples.DEBIAN, digest)).code().name())
        .isEqualTo("BLOB_UNKNOWN");
  }

  @Test
  void whatTheUpstreamCannotServeComesFromTheStore() throws IOException {
    byte[] body = Samples.manifest("shared");
    Digest manifest = registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, body);
    try (PullThroughCache other = cache("other")) {
      Await.value(other.manifest(ALPINE, LATEST));
      store.await("_manifests/tags/latest/current/link");
    }
    Digest digest = share(CONTENT);
    registry.close();
    PullThroughCache cache = cache("mine");

    ManifestContent tagged = Await.value(cache.manifest(ALPINE, LATEST));
    assertThat(tagged.digest()).isEqualTo(manifest);
    assertThat(tagged.status()).isInstanceOf(CacheStatus.Stale.class);
    assertThat(Await.value(cache.manifest(ALPINE, manifest)).digest()).isEqualTo(manifest);
    assertThat(pull(cache, digest)).isEqualTo(CONTENT);
  }

  @Test
  void aRepositoryThatIsLinkedInTheStoreMayReadWhatAnotherOneFetchedHere() throws IOException {
    Digest digest = share(CONTENT);
    new ContentStore(store).link(Samples.DEBIAN, digest);
    PullThroughCache cache = cache("mine");
    pull(cache, digest);
    Await.stored(cache, ALPINE, digest);
    registry.close();

    try (BlobContent content = Await.value(cache.blob(Samples.DEBIAN, digest))) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
  }

  @Test
  void aManifestByDigestComesFromTheStore() throws IOException {
    Digest digest = registry.manifest(NAME, MediaType.OCI_MANIFEST, Samples.manifest("shared"));
    try (PullThroughCache other = cache("other")) {
      Await.value(other.manifest(ALPINE, digest));
      store.await("_manifests/revisions/sha256/" + digest.hex() + "/link");
    }
    PullThroughCache cache = cache("mine");
    assertThat(Await.value(cache.manifest(ALPINE, digest)).digest()).isEqualTo(digest);
    assertThat(registry.count(getManifest(NAME, digest))).isEqualTo(1);
  }

  @Test
  void aSilentStoreCostsTheDeadlineOnce() throws IOException {
    Digest digest = share(CONTENT);
    PullThroughCache cache = cache("mine");
    List<String> asked = new CopyOnWriteArrayList<>();
    store.beforeLooks(
        (key, position) -> {
          asked.add(key);
          hanging.pass();
        });

    assertThat(pull(cache, digest)).isEqualTo(CONTENT);
    for (int i = 1; i <= 5; i++) {
      byte[] other = Samples.bytes(100_000 + i);
      assertThat(pull(cache, registry.blob(NAME, other))).isEqualTo(other);
    }

    assertThat(registry.count(getBlob(NAME, digest))).isEqualTo(2);
    assertThat(asked.stream().filter(key -> key.contains("_layers"))).hasSize(1);
  }

  @Test
  void ofARangeNoOtherBytesAreReadInTheStore() throws IOException {
    Digest digest = share(CONTENT);
    List<Long> read = new CopyOnWriteArrayList<>();
    store.beforeReads(
        (key, position) -> {
          if (key.endsWith(DATA)) {
            read.add(position);
          }
        });
    PullThroughCache cache =
        PullThroughCache.builder()
            .upstream(registry.connect())
            .storage(store)
            .local(new LocalTier(directory.resolve("relaying"), 100 << 20))
            .clock(clock)
            .rangeFetch(RangeFetch.RELAY)
            .build();
    open.add(cache);
    RangeSet range = RangeSet.parse("bytes=500000-699999").orElseThrow();

    try (BlobContent content = Await.value(cache.blob(ALPINE, digest, range, Requester.UNKNOWN))) {
      assertThat(Reading.from(content, 500_000, 200_000))
          .isEqualTo(Arrays.copyOfRange(CONTENT, 500_000, 700_000));
    }

    assertThat(read).isNotEmpty().allMatch(position -> position >= 500_000 && position < 700_000);
  }

  @Test
  void aStoreThatFallsSilentInABlobIsLeftAtThatByte() throws IOException {
    Digest digest = share(CONTENT);
    List<String> ranges = rangesOf(digest);
    PullThroughCache cache = cache("mine");
    store.beforeReads(
        (key, position) -> {
          if (position >= 1_000_000) {
            hanging.pass();
          }
        });

    assertThat(pull(cache, digest)).isEqualTo(CONTENT);
    assertThat(ranges).hasSize(1);
    assertThat(ranges.get(0)).matches("bytes=(9[0-9]{5}|1[0-9]{6})-");
  }

  @Test
  void aSlowStoreIsLeftForTheUpstream() throws IOException {
    Digest digest = share(CONTENT);
    List<String> ranges = rangesOf(digest);
    PullThroughCache cache = cache("mine");
    // Ten kilobytes a second: never silent.
    store.limitReads(1_000);
    store.beforeReads((key, position) -> LockSupport.parkNanos(Duration.ofMillis(100).toNanos()));
    long begin = System.nanoTime();

    assertThat(pull(cache, digest)).isEqualTo(CONTENT);

    assertThat(ranges).hasSize(1);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void aStoreThatIsSlowForSmallBlobsIsLeftForTheUpstream() throws IOException {
    List<Digest> blobs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      blobs.add(share(Samples.bytes(15_000 + i)));
    }
    PullThroughCache cache = cache("mine");
    // Each one comes completely, in one and a half seconds.
    store.limitReads(1_000);
    store.beforeReads((key, position) -> LockSupport.parkNanos(Duration.ofMillis(100).toNanos()));

    for (Digest digest : blobs) {
      assertThat(pull(cache, digest)).isNotEmpty();
    }

    Digest last = blobs.get(3);
    assertThat(registry.count(getBlob(NAME, blobs.get(0)))).isEqualTo(1);
    assertThat(registry.count(getBlob(NAME, last))).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"UNAVAILABLE", "THROTTLED", "REFUSED"})
  void aStoreThatFailsIsPassedOver(Kind kind) throws IOException {
    Digest digest = share(CONTENT);
    PullThroughCache cache = cache("mine");
    store.beforeLooks(
        (key, position) -> {
          throw new StorageException(kind, "the store fails", null);
        });
    assertThat(pull(cache, digest)).isEqualTo(CONTENT);
    assertThat(Await.value(cache.blobInfo(ALPINE, digest)).size()).hasValue(CONTENT.length);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"UNAVAILABLE", "THROTTLED"})
  void aStoreThatFailsInABlobIsLeftAtThatByte(Kind kind) throws IOException {
    Digest digest = share(CONTENT);
    List<String> ranges = rangesOf(digest);
    PullThroughCache cache = cache("mine");
    store.beforeReads(
        (key, position) -> {
          if (position > 500_000) {
            throw new StorageException(kind, "the store fails", null);
          }
        });
    assertThat(pull(cache, digest)).isEqualTo(CONTENT);
    assertThat(ranges).hasSize(1);
    assertThat(ranges.get(0)).matches("bytes=5[0-9]{5}-");
  }

  @Test
  void aFullStoreIsStillRead() throws IOException {
    Digest digest = share(CONTENT);
    PullThroughCache cache = cache("mine");
    store.beforeWrites(
        (key, position) -> {
          throw new StorageException(Kind.FULL, "the store is full", null);
        });
    byte[] other = Samples.bytes(300_000);
    assertThat(pull(cache, registry.blob(NAME, other))).isEqualTo(other);

    assertThat(pull(cache, digest)).isEqualTo(CONTENT);
    assertThat(registry.count(getBlob(NAME, digest))).isEqualTo(1);
  }

  @Test
  void aBlobThatIsHalfWrittenIsFetchedFromTheUpstream() throws IOException {
    byte[] layer = Samples.bytes(900_000);
    Digest digest = registry.blob(NAME, layer);
    byte[] manifest =
        """
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
         "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
           "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
         "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": 900000,
           "digest": "%s"}]}
        """
            .formatted(digest)
            .getBytes(StandardCharsets.UTF_8);
    registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, manifest);
    put(digest, Arrays.copyOf(layer, 400_000));
    PullThroughCache cache = cache("mine");
    Await.value(cache.manifest(ALPINE, LATEST));

    assertThat(pull(cache, digest)).isEqualTo(layer);
  }

  @Test
  void wrongBytesInTheStoreAreReplacedByThoseOfTheUpstream() throws IOException {
    // Only the end is wrong, which no client has got when that is found.
    byte[] wrong = CONTENT.clone();
    wrong[wrong.length - 1] ^= 1;
    Digest digest = registry.blob(NAME, CONTENT);
    put(digest, wrong);
    PullThroughCache cache = cache("mine");

    assertThat(pull(cache, digest)).isEqualTo(CONTENT);
    assertThat(registry.count(getBlob(NAME, digest))).isEqualTo(1);
  }

  private void put(Digest digest, byte[] content) throws IOException {
    new ContentStore(store).link(ALPINE, digest);
    store.put(
        "docker/registry/v2/blobs/sha256/"
            + digest.hex().substring(0, 2)
            + "/"
            + digest.hex()
            + DATA,
        ObjectBody.of(content));
  }

  /** The ranges that the upstream is asked for from now on. */
  private List<String> rangesOf(Digest digest) {
    List<String> ranges = new CopyOnWriteArrayList<>();
    registry.answer(
        getBlob(NAME, digest),
        request -> {
          ranges.add(String.valueOf(request.getHeaders().get("Range")));
          return rest(CONTENT, request);
        });
    return ranges;
  }
}
