package dev.cistern.storage.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.filesystem.FilesystemDriver;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentInventoryTest {

  private static final String V2 = "docker/registry/v2/";
  private static final RepositoryName ALPINE = new RepositoryName("library/alpine");
  private static final RepositoryName BUSYBOX = new RepositoryName("library/busybox");
  private static final Tag LATEST = new Tag("latest");
  private static final Digest LAYER = Digest.sha256(bytes("a layer"));
  private static final StoredManifest MANIFEST =
      StoredManifest.of(
          Digest.sha256(bytes("{\"manifests\":[]}")),
          MediaType.DOCKER_MANIFEST_LIST,
          bytes("{\"manifests\":[]}"));

  private final Path root;
  private final FilesystemDriver driver;
  private final ContentStore store;
  private final ContentInventory inventory;

  ContentInventoryTest(@TempDir Path directory) throws IOException {
    root = directory.resolve("root");
    driver = FilesystemDriver.open(root);
    store = new ContentStore(driver);
    inventory = new ContentInventory(driver);
  }

  // Counting

  @Test
  void allBytesAreListedOnceWhicheverRepositoriesLinkThem() throws IOException {
    publishLayer(ALPINE, "a layer");
    publishLayer(BUSYBOX, "a layer");
    store.publishManifest(ALPINE, MANIFEST);
    Digest sha512 = Digest.of(DigestAlgorithm.SHA512, bytes("long"));
    put(V2 + "blobs/sha512/" + sha512.hex().substring(0, 2) + "/" + sha512.hex() + "/data", "long");

    assertThat(blobs())
        .extracting(BlobStat::digest)
        .containsExactlyInAnyOrder(LAYER, MANIFEST.digest(), sha512);
    assertThat(blobs())
        .extracting(BlobStat::size)
        .containsExactlyInAnyOrder(7L, (long) MANIFEST.size(), 4L);
    assertThat(inventory.blob(LAYER).orElseThrow().size()).isEqualTo(7);
    assertThat(inventory.blob(Digest.sha256(bytes("another")))).isEmpty();
  }

  @Test
  void whatOnlyLooksLikeBytesOfADigestIsNotListed() throws IOException {
    String hex = LAYER.hex();
    put(V2 + "blobs/sha256/00/" + hex + "/data", "under the wrong letters");
    put(V2 + "blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/startedat", "no bytes");
    put(V2 + "blobs/sha256/" + hex.substring(0, 2) + "/short/data", "no digest");
    put(V2 + "blobs/md5/aa/bb/data", "no algorithm");
    put(V2 + "blobs/data", "too high");
    put(V2 + "blobs/x/data", "too high");

    assertThat(blobs()).isEmpty();
  }

  /** As of a cache that is to keep everything. Others would evict what it uses. */
  @Test
  void usesOfACacheWithATtlOfCenturiesCount() throws IOException {
    ContentInventory remote = new ContentInventory(new RecordingDriver(new MemoryDriver()));
    Duration longest = Duration.ofSeconds(Long.MAX_VALUE / 1_000_000_000);
    for (Duration ttl : List.of(Duration.ofDays(36_500), longest)) {
      remote.renew(LAYER, Instant.EPOCH, ttl);
      assertThat(remote.uses(LAYER)).extracting(BlobUse::ttl).containsExactly(ttl);
      remote.delete(LAYER);
      assertThat(remote.uses(LAYER)).isEmpty();
    }
  }

  @Test
  void aTouchedBlobSaysWhenItWasUsed() throws IOException {
    publishLayer(ALPINE, "a layer");
    Instant time = Instant.parse("2024-02-29T12:34:56Z");
    inventory.touch(LAYER, time);
    assertThat(blobs()).extracting(BlobStat::modified).containsExactly(time);
    assertThat(inventory.blob(LAYER).orElseThrow().modified()).isEqualTo(time);
  }

  @Test
  void aBackEndWithoutPowersIsListedAllTheSame() throws IOException {
    StorageDriver memory = new RecordingDriver(new MemoryDriver());
    ContentInventory plain = new ContentInventory(memory);
    new ContentStore(memory).publishManifest(ALPINE, MANIFEST);

    plain.touch(MANIFEST.digest(), Instant.EPOCH);

    assertThat(plain.blob(MANIFEST.digest()).orElseThrow().modified()).isAfter(Instant.EPOCH);
    assertThat(plain.freeSpace()).isEmpty();
    assertThat(plain.outlivesDeletion()).isFalse();
    assertThat(inventory.freeSpace().orElseThrow()).isPositive();
    assertThat(inventory.outlivesDeletion()).isTrue();
  }

  // Deleting

  @Test
  void deletedBytesAreGoneForAllAndReadableByThoseWhoHaveThemOpen() throws IOException {
    publishLayer(ALPINE, "a layer");
    store.link(BUSYBOX, LAYER);
    try (StoredBlob blob = store.blob(ALPINE, LAYER).orElseThrow()) {
      inventory.delete(LAYER);
      inventory.delete(LAYER);

      assertThat(store.blob(ALPINE, LAYER)).isEmpty();
      assertThat(store.blob(BUSYBOX, LAYER)).isEmpty();
      assertThat(blobs()).isEmpty();
      FileChannel channel = blob.channel().orElseThrow();
      ByteBuffer buffer = ByteBuffer.allocate(7);
      assertThat(channel.read(buffer, 0)).isEqualTo(7);
      assertThat(buffer.array()).isEqualTo(bytes("a layer"));
    }
  }

  @Test
  void linksToWhatIsGoneGoAndOthersStay() throws IOException {
    publishLayer(ALPINE, "a layer");
    publishLayer(ALPINE, "another layer");
    store.publishManifest(ALPINE, MANIFEST);
    store.tag(ALPINE, LATEST, MANIFEST.digest());
    inventory.delete(LAYER);

    assertThat(inventory.removeDangling(ALPINE, digest -> false)).isEqualTo(1);

    assertThat(keys("repositories")).noneMatch(key -> key.contains(LAYER.hex()));
    store.blob(ALPINE, Digest.sha256(bytes("another layer"))).orElseThrow().close();
    assertThat(store.manifest(ALPINE, MANIFEST.digest())).isPresent();
    assertThat(store.tag(ALPINE, LATEST)).contains(MANIFEST.digest());
  }

  @Test
  void aListOfReferrersGoesWithItsSubject() throws IOException {
    byte[] list = bytes("a list");
    Digest digest = Digest.sha256(list);
    store.publishManifest(ALPINE, MANIFEST);
    store.publishReferrers(ALPINE, MANIFEST.digest(), digest, list);
    assertThat(inventory.removeDangling(ALPINE, known -> false)).isZero();
    assertThat(store.referrersList(ALPINE, MANIFEST.digest())).hasValue(list);
    assertThat(store.referrers(BUSYBOX, MANIFEST.digest())).isEmpty();

    inventory.delete(MANIFEST.digest());

    assertThat(inventory.removeDangling(ALPINE, known -> false)).isEqualTo(2);
    assertThat(store.referrers(ALPINE, MANIFEST.digest())).isEmpty();
    assertThat(store.repositories()).isEmpty();
    assertThat(inventory.blob(digest)).isPresent();
  }

  @Test
  void aLinkToAListThatIsGoneGoes() throws IOException {
    byte[] list = bytes("a list");
    store.publishManifest(ALPINE, MANIFEST);
    store.publishReferrers(ALPINE, MANIFEST.digest(), Digest.sha256(list), list);

    inventory.delete(Digest.sha256(list));

    assertThat(store.referrersList(ALPINE, MANIFEST.digest())).isEmpty();
    assertThat(inventory.removeDangling(ALPINE, known -> false)).isEqualTo(1);
    assertThat(store.manifest(ALPINE, MANIFEST.digest())).isPresent();
  }

  @Test
  void aListOfReferrersIsNoContentOfTheRepository() throws IOException {
    byte[] list = bytes("{\"manifests\":[]}");
    Digest digest = Digest.sha256(list);
    store.publishReferrers(ALPINE, LAYER, digest, list);

    assertThat(store.manifest(ALPINE, digest)).isEmpty();
    assertThat(store.blob(ALPINE, digest)).isEmpty();
    assertThat(store.tags(ALPINE)).isEmpty();
  }

  @Test
  void aCorruptListOfReferrersIsAbsentUntilItIsStoredAgain() throws IOException {
    byte[] list = bytes("a list");
    Digest digest = Digest.sha256(list);
    store.publishReferrers(ALPINE, LAYER, digest, list);
    put(V2 + "blobs/sha256/" + digest.hex().substring(0, 2) + "/" + digest.hex() + "/data", "x");

    assertThat(store.referrersList(ALPINE, LAYER)).isEmpty();

    store.publishReferrers(ALPINE, LAYER, digest, list);
    assertThat(store.referrersList(ALPINE, LAYER)).hasValue(list);
  }

  @Test
  void aTagWhoseManifestIsGoneGoes() throws IOException {
    publishLayer(ALPINE, "a layer");
    store.publishManifest(ALPINE, MANIFEST);
    store.tag(ALPINE, LATEST, MANIFEST.digest());
    inventory.delete(MANIFEST.digest());

    assertThat(inventory.removeDangling(ALPINE, digest -> false)).isEqualTo(2);

    assertThat(store.tags(ALPINE)).isEmpty();
    assertThat(keys("repositories"))
        .containsExactly(
            V2 + "repositories/library/alpine/_layers/sha256/" + LAYER.hex() + "/link");
  }

  @Test
  void aRepositoryOfWhichNothingIsLeftGoes() throws IOException {
    publishLayer(ALPINE, "a layer");
    publishLayer(BUSYBOX, "another layer");
    store.publishManifest(ALPINE, MANIFEST);
    store.tag(ALPINE, LATEST, MANIFEST.digest());
    inventory.delete(LAYER);
    inventory.delete(MANIFEST.digest());

    inventory.removeDangling(ALPINE, digest -> false);

    assertThat(store.repositories()).containsExactly(BUSYBOX);
    assertThat(root.resolve(V2 + "repositories/library/alpine")).doesNotExist();
  }

  @Test
  void theEmptyPlacesThatOtherProgramsLeaveGo() throws IOException {
    Path alpine = root.resolve(V2 + "repositories/library/alpine");
    Files.createDirectories(alpine.resolve("_layers/sha256/" + LAYER.hex()));
    Files.createDirectories(alpine.resolve("_manifests/revisions/sha256"));
    Files.createDirectories(alpine.resolve("_manifests/tags"));
    assertThat(store.repositories()).containsExactly(ALPINE);

    inventory.removeDangling(ALPINE, digest -> false);

    assertThat(store.repositories()).isEmpty();
    assertThat(root.resolve("docker")).doesNotExist();
  }

  @Test
  void whatIsKnownToBeHereIsNotAskedFor() throws IOException {
    publishLayer(ALPINE, "a layer");
    RecordingDriver recording = new RecordingDriver(driver);
    new ContentInventory(recording).removeDangling(ALPINE, LAYER::equals);
    assertThat(recording.calls()).noneMatch(call -> call.contains("/blobs/"));
  }

  @Test
  void oneListingFindsTheRepositoriesThatHaveLostSomething() throws IOException {
    publishLayer(ALPINE, "a layer");
    publishLayer(BUSYBOX, "another layer");
    store.publishManifest(BUSYBOX, MANIFEST);
    store.tag(BUSYBOX, LATEST, MANIFEST.digest());
    RecordingDriver recording = new RecordingDriver(driver);
    ContentInventory counted = new ContentInventory(recording);

    assertThat(counted.lacking(digest -> true)).isEmpty();
    assertThat(counted.lacking(LAYER::equals)).containsExactly(BUSYBOX);
    assertThat(counted.lacking(digest -> !digest.equals(LAYER))).containsExactly(ALPINE);
    assertThat(counted.lacking(digest -> !digest.equals(MANIFEST.digest())))
        .containsExactly(BUSYBOX);
    assertThat(recording.calls()).hasSize(4);
  }

  @Test
  void aLinkWhoseBytesComeBackJustThenStays() throws IOException {
    publishLayer(ALPINE, "a layer");
    inventory.delete(LAYER);

    // The first check finds no bytes, and the second one finds them.
    new ContentInventory(
            new RecordingDriver(driver) {
              @Override
              public void delete(Collection<String> keys) throws IOException {
                if (keys.stream().anyMatch(key -> key.endsWith(LAYER.hex() + "/link"))) {
                  publishLayer(ALPINE, "a layer");
                }
                super.delete(keys);
              }
            })
        .removeDangling(ALPINE, digest -> false);

    store.blob(ALPINE, LAYER).orElseThrow().close();
  }

  @Test
  void aTagWhoseManifestComesBackJustThenStays() throws IOException {
    store.publishManifest(ALPINE, MANIFEST);
    store.tag(ALPINE, LATEST, MANIFEST.digest());
    inventory.delete(MANIFEST.digest());

    new ContentInventory(
            new RecordingDriver(driver) {
              @Override
              public void delete(Collection<String> keys) throws IOException {
                if (keys.stream().anyMatch(key -> key.endsWith("/current/link"))) {
                  store.publishManifest(ALPINE, MANIFEST);
                }
                super.delete(keys);
              }
            })
        .removeDangling(ALPINE, digest -> false);

    assertThat(store.tag(ALPINE, LATEST)).contains(MANIFEST.digest());
    assertThat(store.manifest(ALPINE, MANIFEST.digest())).isPresent();
  }

  private List<BlobStat> blobs() throws IOException {
    try (Stream<BlobStat> blobs = inventory.blobs()) {
      return blobs.toList();
    }
  }

  private List<String> keys(String prefix) throws IOException {
    try (Stream<ObjectStat> objects = driver.list(V2 + prefix)) {
      return objects.map(ObjectStat::key).toList();
    }
  }

  private void put(String key, String content) throws IOException {
    driver.put(key, ObjectBody.of(bytes(content)));
  }

  private void publishLayer(RepositoryName repository, String content) throws IOException {
    Path file = Files.createTempFile(driver.spoolDirectory(), "layer", "");
    Files.writeString(file, content);
    store.publishBlob(repository, Digest.sha256(bytes(content)), file);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
