package dev.cistern.proxy.internal.store;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.Share;
import dev.cistern.proxy.report.UnfinishedTransfers;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.CountedEvents;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.ScriptedDriver;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import dev.cistern.storage.content.StoredManifest;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedStoreTest {

  private final CountedEvents events = new CountedEvents();

  private static final Duration HOUR = Duration.ofHours(1);
  private static final int SIZE = 100_000;

  /** Room for three blobs and a bit. */
  private static final long THREE = 3 * Costs.of(SIZE) + 1_000;

  private final Path root;
  private final FilesystemDriver driver;
  private final ContentInventory inventory;
  private final ManualClock clock = new ManualClock();
  private BoundedStore store;

  BoundedStoreTest(@TempDir Path directory) throws IOException {
    root = directory;
    // Files have the time of the machine, and this must not be behind.
    clock.advance(Duration.between(clock.instant(), Instant.now()));
    driver = FilesystemDriver.open(root);
    inventory = new ContentInventory(driver);
    store = open(Limits.DEFAULT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static final class NoLeftovers implements RemovableTransfers {
    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public OptionalLong removeOldest() {
      return OptionalLong.empty();
    }

    @Override
    public UnfinishedTransfers removeOlderThan(Instant time) {
      return UnfinishedTransfers.NONE;
    }
  }

  private BoundedStore open(Limits limits) {
    return open(driver, limits);
  }

  private BoundedStore open(StorageDriver over, Limits limits) {
    BoundedStore opened =
        new BoundedStore(
            over,
            limits,
            new NoLeftovers(),
            clock,
            new StorageFaults(clock, events),
            events,
            Thread::new);
    opened.start();
    await(() -> opened.usage().indexed());
    return opened;
  }

  private void reopen(Limits.Builder limits) {
    store.close();
    store = open(limits.sweep(Duration.ofMillis(5)).build());
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private void awaitGone(Digest digest) {
    await(() -> !holds(digest));
  }

  private boolean holds(Digest digest) {
    try {
      return inventory.blob(digest).isPresent();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Digest publish(RepositoryName repository, int note) throws IOException {
    return publish(store, repository, note);
  }

  private Digest publish(BoundedStore into, RepositoryName repository, int note)
      throws IOException {
    byte[] content = Samples.bytes(SIZE);
    content[0] = (byte) note;
    Path file = Files.write(Files.createTempFile(root, "blob", ""), content);
    Digest digest = Digest.sha256(content);
    try (Room room = into.room(repository)) {
      room.reserve(content.length);
      into.publishBlob(repository, digest, file, room);
    }
    // Storage has its own clock.
    inventory.touch(digest, clock.instant());
    return digest;
  }

  private void use(RepositoryName repository, Digest digest) throws IOException {
    store.blob(repository, digest).orElseThrow().close();
  }

  // Size

  @Test
  void theLeastRecentlyUsedIsEvictedWhenAnotherDoesNotFit() throws IOException {
    reopen(Limits.builder().maxSize(THREE).lowMark(100));
    Digest a = publish(ALPINE, 1);
    clock.advance(HOUR);
    Digest b = publish(ALPINE, 2);
    clock.advance(HOUR);
    Digest c = publish(ALPINE, 3);
    clock.advance(HOUR);
    use(ALPINE, a);

    publish(ALPINE, 4);

    assertThat(holds(a)).isTrue();
    assertThat(holds(b)).isFalse();
    assertThat(holds(c)).isTrue();
    assertThat(events.evicted(EvictionReason.SIZE)).isEqualTo(1);
    assertThat(store.usage().used()).isLessThanOrEqualTo(THREE);
  }

  @Test
  void aSmallerLimitThanBeforeTakesEffect() throws IOException {
    Digest a = publish(ALPINE, 1);
    clock.advance(HOUR);
    Digest b = publish(ALPINE, 2);
    clock.advance(HOUR);
    Digest c = publish(ALPINE, 3);

    reopen(Limits.builder().maxSize(2 * Costs.of(SIZE)).lowMark(50));

    awaitGone(b);
    assertThat(holds(a)).isFalse();
    assertThat(holds(c)).isTrue();
  }

  @Test
  void theSweepMakesRoomAboveTheHighMarkBeforeATransferHasTo() throws IOException {
    reopen(Limits.builder().maxSize(THREE).highMark(70).lowMark(40));
    Digest a = publish(ALPINE, 1);
    clock.advance(HOUR);
    Digest b = publish(ALPINE, 2);
    assertThat(holds(a)).isTrue();
    clock.advance(HOUR);
    Digest c = publish(ALPINE, 3);

    awaitGone(b);
    assertThat(holds(a)).isFalse();
    assertThat(holds(c)).isTrue();
  }

  @Test
  void nothingIsEvictedForABlobThatCannotFit() throws IOException {
    reopen(Limits.builder().maxSize(THREE));
    Digest a = publish(ALPINE, 1);
    try (Room room = store.room(ALPINE)) {
      assertThatExceptionOfType(NoRoomException.class)
          .isThrownBy(() -> room.reserve(THREE))
          .withMessageStartingWith("there is no room for ")
          .withMessageEndingWith("B; raise proxy.maxsize or free space");
    }
    try (Room first = store.room(ALPINE);
        Room second = store.room(ALPINE)) {
      first.reserve(2 * SIZE);
      assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> second.reserve(2 * SIZE));
    }
    assertThat(holds(a)).isTrue();
    assertThat(store.usage().used()).isEqualTo(Costs.of(SIZE));
  }

  @Test
  void transfersInProgressCountUntilTheyEnd() throws IOException {
    reopen(Limits.builder().maxSize(THREE));
    Room room = store.room(ALPINE);
    room.reserve(2 * SIZE);
    room.written(SIZE);
    assertThat(store.usage().used()).isEqualTo(Costs.of(2 * SIZE));
    room.close();
    room.close();
    assertThat(store.usage().used()).isZero();
  }

  @Test
  void aTransferOfUnknownLengthUsesTheRoomThatIsLeft() throws IOException {
    reopen(Limits.builder().maxSize(THREE));
    try (Room room = store.room(ALPINE)) {
      room.growTo(SIZE);
      room.growTo(2 * SIZE);
      room.growTo(3 * SIZE);
      assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> room.growTo(4 * SIZE));
    }
  }

  @Test
  void aBlobOfTwoRepositoriesIsCountedOnce() throws IOException {
    Digest a = publish(ALPINE, 1);
    long used = store.usage().used();
    publish(DEBIAN, 1);
    assertThat(store.usage().contents()).isEqualTo(1);
    assertThat(store.usage().used()).isEqualTo(used);
    assertThat(holds(a)).isTrue();
  }

  // Other limits while it is in use

  private static Limits often(Limits.Builder limits) {
    return limits.sweep(Duration.ofMillis(5)).build();
  }

  @Test
  void smallerLimitsTakeEffectWithoutWaitingForTheOldInterval() throws IOException {
    store.close();
    store = open(Limits.builder().sweep(Duration.ofDays(1)).build());
    Digest a = publish(ALPINE, 1);
    clock.advance(HOUR);
    Digest b = publish(ALPINE, 2);
    clock.advance(HOUR);
    Digest c = publish(ALPINE, 3);

    store.reconfigure(often(Limits.builder().maxSize(2 * Costs.of(SIZE)).lowMark(50)));

    awaitGone(b);
    assertThat(holds(a)).isFalse();
    assertThat(holds(c)).isTrue();
    try (Room room = store.room(ALPINE)) {
      assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> room.reserve(3 * SIZE));
    }
    assertThat(store.limits().maxSize()).isEqualTo(2 * Costs.of(SIZE));
    // The new interval: a second sweep comes without another change.
    store.reconfigure(often(Limits.builder().ttl(HOUR)));
    clock.advance(HOUR.multipliedBy(2));
    awaitGone(c);
  }

  @Test
  void largerLimitsTakeEffectAtOnce() throws IOException {
    reopen(Limits.builder().maxSize(Costs.of(SIZE)));
    Digest a = publish(ALPINE, 1);
    store.reconfigure(often(Limits.builder().maxSize(THREE)));
    Digest b = publish(ALPINE, 2);
    assertThat(holds(a)).isTrue();
    assertThat(holds(b)).isTrue();
  }

  @Test
  void contentThatIsPinnedNowIsNotEvictedBeforeThatIsKnown() throws IOException {
    reopen(Limits.builder().ttl(Duration.ZERO).pin("library/alpine:old"));
    StoredManifest old = tagged(ALPINE, "old");
    StoredManifest young = tagged(DEBIAN, "new");
    Limits.Builder limits = Limits.builder().pin("library/debian:new").ttl(HOUR);

    store.reconfigure(often(limits));
    clock.advance(HOUR.multipliedBy(2));

    awaitGone(old.digest());
    assertThat(holds(young.digest())).isTrue();
    store.reconfigure(often(Limits.builder().ttl(HOUR)));
    awaitGone(young.digest());
  }

  private StoredManifest tagged(RepositoryName repository, String tag) throws IOException {
    StoredManifest manifest = manifest(Samples.manifest(tag));
    store.publishManifest(repository, manifest);
    inventory.touch(manifest.digest(), clock.instant());
    new ContentStore(driver).tag(repository, new Tag(tag), manifest.digest());
    return manifest;
  }

  @Test
  void aClosedStoreIgnoresOtherLimits() {
    store.close();
    store.reconfigure(often(Limits.builder()));
    assertThat(store.limits()).isEqualTo(Limits.DEFAULT);
  }

  // Shares of upstreams

  private static final RepositoryName GHCR = new RepositoryName("ghcr.io/team/app");
  private static final RepositoryName QUAY = new RepositoryName("quay.io/team/app");

  private static Limits.Builder forever() {
    return Limits.builder().ttl(Duration.ZERO);
  }

  private static Share share(int contents) {
    return Share.WHOLE.maxSize(contents * Costs.of(SIZE));
  }

  @Test
  void aFullShareEvictsOnlyItsOwnContent() throws IOException {
    reopen(forever().lowMark(100).share("ghcr.io", share(2)));
    Digest ofHub = publish(ALPINE, 1);
    Digest ofQuay = publish(QUAY, 2);
    clock.advance(HOUR);
    Digest a = publish(GHCR, 3);
    clock.advance(HOUR);
    Digest b = publish(GHCR, 4);
    clock.advance(HOUR);

    Digest c = publish(GHCR, 5);

    assertThat(holds(a)).isFalse();
    assertThat(holds(b)).isTrue();
    assertThat(holds(c)).isTrue();
    assertThat(holds(ofHub)).isTrue();
    assertThat(holds(ofQuay)).isTrue();
    assertThat(events.evicted(EvictionReason.SIZE)).isEqualTo(1);
  }

  @Test
  void aBlobLargerThanTheShareEvictsNothing() throws IOException {
    reopen(forever().share("ghcr.io", share(2)));
    Digest a = publish(GHCR, 1);
    try (Room room = store.room(GHCR)) {
      assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> room.reserve(3 * SIZE));
    }
    try (Room first = store.room(GHCR);
        Room second = store.room(GHCR)) {
      first.reserve(SIZE);
      assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> second.reserve(2 * SIZE));
    }
    assertThat(holds(a)).isTrue();
  }

  @Test
  void eachUpstreamHasItsOwnTtl() throws IOException {
    reopen(
        Limits.builder()
            .ttl(HOUR.multipliedBy(10))
            .share("ghcr.io", Share.WHOLE.ttl(HOUR.multipliedBy(2)))
            .share("quay.io", Share.WHOLE.ttl(Duration.ZERO)));
    Digest ofHub = publish(ALPINE, 1);
    Digest ofGhcr = publish(GHCR, 2);
    Digest ofQuay = publish(QUAY, 3);

    clock.advance(HOUR.multipliedBy(3));
    awaitGone(ofGhcr);
    assertThat(holds(ofHub)).isTrue();
    clock.advance(HOUR.multipliedBy(8));
    awaitGone(ofHub);
    assertThat(holds(ofQuay)).isTrue();
    await(() -> events.evicted(EvictionReason.IDLE) == 2);
  }

  @Test
  void afterARestartTheLinksTellWhoHasTheContent() throws IOException {
    Digest ofHub = publish(ALPINE, 1);
    Digest older = publish(GHCR, 2);
    clock.advance(HOUR);
    Digest newer = publish(GHCR, 3);
    clock.advance(HOUR);
    store.close();

    store = open(often(forever().lowMark(50).share("ghcr.io", share(2))));
    Digest third = publish(GHCR, 4);

    awaitGone(older);
    await(() -> events.evicted(EvictionReason.SIZE) >= 1);
    assertThat(holds(third)).isTrue();
    assertThat(holds(ofHub)).isTrue();
    assertThat(holds(newer) ? 1 : 2).isEqualTo((int) events.evicted(EvictionReason.SIZE));
  }

  @Test
  void contentOfTwoUpstreamsStaysAsLongAsEitherKeepsIt() throws IOException {
    Limits.Builder limits =
        Limits.builder()
            .ttl(HOUR.multipliedBy(10))
            .share("ghcr.io", new Share(Costs.of(SIZE), Optional.of(HOUR)))
            .share("quay.io", Share.WHOLE.ttl(HOUR.multipliedBy(20)));
    reopen(limits);
    Digest shared = publish(GHCR, 1);
    publish(ALPINE, 1);
    Digest longer = publish(ALPINE, 2);
    new ContentStore(driver).link(QUAY, longer);
    store.linked(QUAY, longer);
    Digest alone = publish(GHCR, 3);

    reopen(limits);
    clock.advance(HOUR.multipliedBy(2));
    awaitGone(alone);
    assertThat(holds(shared)).isTrue();
    clock.advance(HOUR.multipliedBy(9));
    awaitGone(shared);
    assertThat(holds(longer)).isTrue();
    clock.advance(HOUR.multipliedBy(10));
    awaitGone(longer);
  }

  @Test
  void aShareCanBeGivenWhileTheStoreIsUsed() throws IOException {
    reopen(forever());
    Digest ofHub = publish(ALPINE, 1);
    Digest a = publish(GHCR, 2);
    clock.advance(HOUR);
    Digest b = publish(GHCR, 3);

    store.reconfigure(often(forever().lowMark(100).share("ghcr.io", share(1))));
    awaitGone(a);
    assertThat(holds(b)).isTrue();
    store.reconfigure(often(forever().share("quay.io", share(1)).ttl(HOUR)));
    clock.advance(HOUR.multipliedBy(2));
    awaitGone(b);
    awaitGone(ofHub);
  }

  @Test
  void pinnedContentStaysInAFullShare() throws IOException {
    reopen(forever().pin("ghcr.io/team/app:v1"));
    StoredManifest pinned = tagged(GHCR, "v1");
    clock.advance(HOUR);
    Digest a = publish(GHCR, 1);

    store.reconfigure(
        often(
            forever()
                .pin("ghcr.io/team/app:v1")
                .share("ghcr.io", Share.WHOLE.maxSize(pinned.size() + 20_000))));

    awaitGone(a);
    assertThat(holds(pinned.digest())).isTrue();
  }

  // Idle time

  @Test
  void unusedContentExpiresAndAUseRenewsIt() throws IOException {
    reopen(Limits.builder().ttl(Duration.ofHours(10)));
    Digest unused = publish(ALPINE, 1);
    Digest used = publish(ALPINE, 2);
    clock.advance(Duration.ofHours(9));
    use(ALPINE, used);
    clock.advance(Duration.ofHours(2));

    awaitGone(unused);
    assertThat(holds(used)).isTrue();
    await(() -> events.evicted(EvictionReason.IDLE) == 1);
    clock.advance(Duration.ofHours(9));
    awaitGone(used);
  }

  @Test
  void aTtlOfZeroKeepsContentForever() throws IOException {
    reopen(Limits.builder().ttl(Duration.ZERO));
    Digest a = publish(ALPINE, 1);
    clock.advance(Duration.ofDays(3650));
    store.close();
    assertThat(holds(a)).isTrue();
  }

  @Test
  void usesAreKnownAfterARestart() throws IOException {
    Limits.Builder limits = Limits.builder().ttl(Duration.ofHours(10));
    reopen(limits);
    Digest unused = publish(ALPINE, 1);
    Digest used = publish(ALPINE, 2);
    clock.advance(Duration.ofHours(9));
    use(ALPINE, used);

    reopen(limits);
    clock.advance(Duration.ofHours(2));

    awaitGone(unused);
    assertThat(holds(used)).isTrue();
  }

  @Test
  void usesAreStoredWithoutClosing() throws IOException {
    reopen(Limits.builder().ttl(Duration.ofHours(10)));
    Digest used = publish(ALPINE, 1);
    clock.advance(Duration.ofHours(9));
    Instant now = clock.instant();
    use(ALPINE, used);
    await(
        () -> {
          try {
            return inventory
                .blob(used)
                .orElseThrow()
                .modified()
                .isAfter(now.minus(Duration.ofSeconds(1)));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void storedTimesOfUseAreUpdatedByTheClock() throws IOException {
    Digest a = publish(ALPINE, 1);
    clock.advance(Duration.ofHours(2));
    reopen(Limits.builder().ttl(HOUR));
    awaitGone(a);
  }

  @Test
  void theExpiryOfOneRepositoryDoesNotAffectAnother() throws IOException {
    reopen(Limits.builder().ttl(Duration.ofHours(10)));
    Digest shared = publish(ALPINE, 1);
    publish(DEBIAN, 1);
    clock.advance(Duration.ofHours(9));
    use(DEBIAN, shared);
    clock.advance(Duration.ofHours(9));
    Digest other = publish(ALPINE, 2);
    clock.advance(HOUR.dividedBy(2));
    use(DEBIAN, shared);
    use(ALPINE, shared);
    use(ALPINE, other);
  }

  // What is left behind

  @Test
  void linksTagsAndRepositoriesAreRemovedWithTheirContent() throws IOException {
    reopen(Limits.builder().ttl(Duration.ofHours(10)));
    publish(ALPINE, 1);
    StoredManifest manifest = manifest(Samples.manifest("old"));
    store.publishManifest(ALPINE, manifest);
    inventory.touch(manifest.digest(), clock.instant());
    ContentStore content = new ContentStore(driver);
    content.tag(ALPINE, new Tag("latest"), manifest.digest());
    publish(DEBIAN, 2);
    clock.advance(Duration.ofHours(9));
    Digest kept = publish(DEBIAN, 2);
    use(DEBIAN, kept);
    clock.advance(Duration.ofHours(2));

    await(
        () -> {
          try {
            return content.repositories().equals(List.of(DEBIAN));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    use(DEBIAN, kept);
  }

  // Pins

  @Test
  void aPinnedImageStaysWithAllItsContent() throws IOException {
    Digest layer = publish(ALPINE, 1);
    Digest other = publish(ALPINE, 2);
    StoredManifest image =
        manifest(
            """
            {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
             "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2, "digest": "%s"},
             "layers": [{"mediaType": "application/x", "size": %d, "digest": "%s"}]}
            """
                .formatted(other, SIZE, layer));
    StoredManifest list =
        manifest(
            """
            {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
             "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
               "size": %d, "digest": "%s"}]}
            """
                .formatted(image.size(), image.digest()));
    StoredManifest loose = manifest(Samples.manifest("loose"));
    for (StoredManifest manifest : new StoredManifest[] {image, list, loose}) {
      store.publishManifest(ALPINE, manifest);
      inventory.touch(manifest.digest(), clock.instant());
    }
    new ContentStore(driver).tag(ALPINE, new Tag("3.20"), list.digest());
    new ContentStore(driver).tag(ALPINE, new Tag("edge"), loose.digest());
    clock.advance(Duration.ofDays(30));

    reopen(Limits.builder().pin("library/alpine:3.*"));

    awaitGone(loose.digest());
    assertThat(holds(layer)).isTrue();
    assertThat(holds(other)).isTrue();
    assertThat(holds(image.digest())).isTrue();
    assertThat(holds(list.digest())).isTrue();
  }

  private static StoredManifest manifest(String text) {
    return manifest(text.getBytes(StandardCharsets.UTF_8));
  }

  private static StoredManifest manifest(byte[] body) {
    return StoredManifest.of(Digest.sha256(body), MediaType.OCI_MANIFEST, body);
  }

  // Readers

  @Test
  void aReaderContinuesWhenItsBlobIsEvicted() throws IOException {
    reopen(Limits.builder().ttl(HOUR));
    Digest a = publish(ALPINE, 1);
    try (StoredBlob blob = store.blob(ALPINE, a).orElseThrow()) {
      clock.advance(HOUR.multipliedBy(2));
      awaitGone(a);
      ByteBuffer buffer = ByteBuffer.allocate(SIZE);
      while (buffer.hasRemaining()) {
        assertThat(blob.read(buffer, buffer.position())).isPositive();
      }
      assertThat(Digest.sha256(buffer.array())).isEqualTo(a);
    }
  }

  @Test
  void openContentStaysWhereDeletionWouldEndReads() throws IOException {
    // Unlike memory, it does not say that deleted content stays readable.
    ScriptedDriver memory = new ScriptedDriver(clock);
    ContentInventory kept = new ContentInventory(memory);
    try (BoundedStore bounded =
        open(memory, Limits.builder().maxSize(THREE).ttl(Duration.ZERO).build())) {
      byte[][] contents = {Samples.bytes(SIZE), Samples.bytes(SIZE - 1), Samples.bytes(SIZE - 2)};
      Digest[] digests = new Digest[3];
      for (int i = 0; i < 3; i++) {
        digests[i] = Digest.sha256(contents[i]);
        Path file = Files.write(root.resolve("blob"), contents[i]);
        try (Room room = bounded.room(ALPINE)) {
          room.reserve(contents[i].length);
          bounded.publishBlob(ALPINE, digests[i], file, room);
        }
        clock.advance(HOUR);
      }
      StoredBlob open = bounded.blob(ALPINE, digests[0]).orElseThrow();
      clock.advance(HOUR);
      bounded.blob(ALPINE, digests[1]).orElseThrow().close();
      bounded.blob(ALPINE, digests[2]).orElseThrow().close();

      try (Room room = bounded.room(ALPINE)) {
        room.reserve(SIZE);
      }
      assertThat(kept.blob(digests[0])).isPresent();
      assertThat(kept.blob(digests[1])).isEmpty();

      open.close();
      try (Room room = bounded.room(ALPINE)) {
        room.reserve(5 * SIZE / 2);
      }
      assertThat(kept.blob(digests[0])).isEmpty();
    }
  }

  // Two caches over one directory

  @Test
  void aDeletionByAnotherCacheIsNoticed() throws IOException {
    reopen(Limits.builder());
    Digest a = publish(ALPINE, 1);
    inventory.delete(a);
    assertThat(store.blob(ALPINE, a)).isEmpty();
    clock.advance(HOUR);
    await(() -> store.usage().contents() == 0);
    // One number follows the other.
    await(() -> store.usage().used() == 0);
  }

  @Test
  void contentStoredByAnotherCacheIsCountedWhenUsed() throws IOException {
    try (BoundedStore other = open(Limits.DEFAULT)) {
      Digest a = publish(other, ALPINE, 1);
      assertThat(store.usage().contents()).isZero();
      use(ALPINE, a);
      assertThat(store.usage().bytes()).isEqualTo(SIZE);
    }
  }
}
