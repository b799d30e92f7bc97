package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInputStream;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.HookedFiles;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files in the store that are not what their names say, and files that go while they are wanted.
 */
class TornContentTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] CONTENT = Samples.bytes(300_000);

  @TempDir private Path root;
  private final FakeRegistry registry = FakeRegistry.start();
  private HookedFiles files;
  private PullThroughCache cache;
  private Digest blob;
  private Digest manifest;

  @BeforeEach
  void pullAndRestart() throws IOException {
    start();
    blob = registry.blob(NAME, CONTENT);
    manifest = declare(NAME, CONTENT.length);
    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    Await.value(cache.manifest(ALPINE, manifest));
    restart();
  }

  /** A manifest that says so of the blob. */
  private Digest declare(String repository, long size) {
    String body =
        """
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
         "config": {"mediaType": "application/x", "size": %d, "digest": "%s"}, "layers": []}
        """
            .formatted(size, blob);
    return registry.manifest(
        repository, MediaType.OCI_MANIFEST, body.getBytes(StandardCharsets.UTF_8));
  }

  private void start() throws IOException {
    files = new HookedFiles(root);
    cache = PullThroughCache.builder().upstream(registry.connect()).storage(files).build();
  }

  private void restart() throws IOException {
    cache.close();
    start();
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    cache.close();
  }

  private byte[] pull(RepositoryName repository) throws IOException {
    try (BlobContent content = Await.value(cache.blob(repository, blob))) {
      return Reading.all(content);
    }
  }

  private Path file(Digest digest) {
    return root.resolve(
        "docker/registry/v2/blobs/sha256/%s/%s/data"
            .formatted(digest.hex().substring(0, 2), digest.hex()));
  }

  private static void truncate(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private long fetches() {
    return registry.count(getBlob(NAME, blob));
  }

  @Test
  void aBlobThatIsShorterThanItsManifestSaysIsFetchedAgainAndStored() throws IOException {
    truncate(file(blob), 1000);
    Await.value(cache.manifest(ALPINE, manifest));

    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(fetches()).isEqualTo(2);

    restart();
    assertThat(file(blob)).hasBinaryContent(CONTENT);
    Await.value(cache.manifest(ALPINE, manifest));
    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(fetches()).isEqualTo(2);
  }

  @Test
  void aBlobThatIsLongerThanItsManifestSaysIsFetchedAgain() throws IOException {
    Files.write(file(blob), new byte[] {1}, StandardOpenOption.APPEND);
    Await.value(cache.manifest(ALPINE, manifest));

    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(fetches()).isEqualTo(2);
  }

  @Test
  void aBlobThatIsAskedForBeforeItsManifestIsFetchedAgain() throws IOException {
    truncate(file(blob), 200_000);

    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(fetches()).isEqualTo(2);
  }

  @Test
  void aBlobWithoutAnyManifestIsHashedFirst() throws IOException {
    Files.delete(file(manifest));
    truncate(file(blob), 200_000);

    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(fetches()).isEqualTo(2);
  }

  @Test
  void theSizeOfABlobWithoutAnyManifestIsThatOfRightBytes() throws IOException {
    Files.delete(file(manifest));
    truncate(file(blob), 200_000);

    assertThat(Await.value(cache.blobInfo(ALPINE, blob)).size()).hasValue(CONTENT.length);
  }

  @Test
  void aRightBlobIsHashedAtMostOnce() throws IOException {
    AtomicInteger opened = new AtomicInteger();
    files.beforeOpens(key -> opened.addAndGet(key.contains(blob.hex()) ? 1 : 0));
    // The manifest says its size.
    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(opened).hasValue(1);

    restart();
    Files.delete(file(manifest));
    files.beforeOpens(key -> opened.addAndGet(key.contains(blob.hex()) ? 1 : 0));
    opened.set(0);
    for (int i = 1; i <= 3; i++) {
      assertThat(pull(ALPINE)).isEqualTo(CONTENT);
      // Once to be hashed, and once to be served.
      assertThat(opened).hasValue(1 + i);
    }
    assertThat(fetches()).isEqualTo(1);
  }

  @Test
  void aBlobThatHasChangedSinceItWasStoredIsFetchedAgainWithoutAnyManifest() throws IOException {
    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    truncate(file(blob), 1000);

    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(fetches()).isEqualTo(2);
  }

  @Test
  void anEmptyFileIsFetchedAgainWithoutAnyManifest() throws IOException {
    truncate(file(blob), 0);

    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(fetches()).isEqualTo(2);
    restart();
    assertThat(file(blob)).hasBinaryContent(CONTENT);
  }

  @Test
  void theSizeOfATornBlobIsAskedForAndNotItsBytes() throws IOException {
    truncate(file(blob), 1000);
    Await.value(cache.manifest(ALPINE, manifest));

    assertThat(Await.value(cache.blobInfo(ALPINE, blob)).size()).hasValue(CONTENT.length);
    assertThat(registry.count(headBlob(NAME, blob))).isEqualTo(1);
    assertThat(fetches()).isEqualTo(1);
    assertThat(file(blob)).doesNotExist();
  }

  @Test
  void anotherRepositoryGetsRightBytesInPlaceOfATornBlobToo() throws IOException {
    registry.blob(DEBIAN.value(), CONTENT);
    truncate(file(blob), 1000);
    Await.value(cache.manifest(ALPINE, manifest));

    assertThat(pull(DEBIAN)).isEqualTo(CONTENT);
    assertThat(registry.count(getBlob(DEBIAN.value(), blob)) + fetches()).isEqualTo(2);
  }

  @Test
  void aManifestWithWrongSizesCostsOneHash() throws IOException {
    Digest lie = declare(NAME, 7);
    Digest otherLie = declare(NAME, 1L << 50);
    Await.value(cache.manifest(ALPINE, lie));

    AtomicInteger opened = new AtomicInteger();
    files.beforeOpens(key -> opened.addAndGet(key.contains(blob.hex()) ? 1 : 0));
    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    // Once to be hashed, and once to be served.
    assertThat(opened).hasValue(2);

    Await.value(cache.manifest(ALPINE, otherLie));
    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(opened).hasValue(3);
    assertThat(fetches()).isEqualTo(1);
  }

  @Test
  void aTornBlobThatCannotBeDeletedIsPassedOverUntilItCanBeReplaced() throws IOException {
    truncate(file(blob), 1000);
    Await.value(cache.manifest(ALPINE, manifest));
    files.beforeWrites(
        key -> {
          throw new IOException("Read-only file system");
        });

    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(file(blob)).hasSize(1000);

    files.beforeWrites(key -> {});
    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    Await.stored(cache, ALPINE, blob);
    assertThat(file(blob)).hasBinaryContent(CONTENT);
  }

  @Test
  void aManifestWithOtherBytesIsFetchedAgainAndReplaced() throws IOException {
    byte[] right = Files.readAllBytes(file(manifest));
    byte[] rotten = right.clone();
    rotten[right.length / 2] ^= 1;
    for (byte[] wrong : new byte[][] {rotten, Arrays.copyOf(right, 20), new byte[0]}) {
      Files.write(file(manifest), wrong);
      long before = registry.count(getManifest(NAME, manifest));

      assertThat(Await.value(cache.manifest(ALPINE, manifest)).digest()).isEqualTo(manifest);

      assertThat(registry.count(getManifest(NAME, manifest))).isEqualTo(before + 1);
      restart();
      assertThat(file(manifest)).hasBinaryContent(right);
    }
  }

  @Test
  void aBlobThatIsDeletedBeforeItIsOpenedIsFetchedAgain() throws IOException {
    files.beforeOpens(key -> Files.deleteIfExists(file(blob)));

    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(fetches()).isEqualTo(2);
  }

  @Test
  void aReaderKeepsItsBlobWhenAnotherCacheDeletesIt() throws IOException {
    try (BlobContent content = Await.value(cache.blob(ALPINE, blob))) {
      byte[] begin = Reading.from(content, 0, 1000);
      Files.delete(file(blob));

      byte[] all = Reading.all(content);
      assertThat(all).isEqualTo(CONTENT).startsWith(begin);
    }
    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(fetches()).isEqualTo(2);
  }

  @Test
  void aBlobTruncatedWhileItIsReadFailsAndIsFetchedAgain() throws IOException {
    try (BlobContent content = Await.value(cache.blob(ALPINE, blob));
        BlobInputStream in = new BlobInputStream(content)) {
      assertThat(in.readNBytes(1000)).hasSize(1000);
      truncate(file(blob), 2000);

      assertThatIOException().isThrownBy(in::readAllBytes);
    }
    assertThat(pull(ALPINE)).isEqualTo(CONTENT);
    assertThat(fetches()).isEqualTo(2);
  }
}
