package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache over files, where a finished transfer becomes the stored blob by a rename. */
class FilesystemCacheTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] CONTENT = Samples.bytes(500_000);

  private final Path root;
  private final FakeRegistry registry = FakeRegistry.start();
  private PullThroughCache cache;

  FilesystemCacheTest(@TempDir Path root) throws IOException {
    this.root = root;
    cache = start();
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    cache.close();
  }

  private PullThroughCache start() throws IOException {
    return PullThroughCache.builder()
        .upstream(registry.connect())
        .storage(FilesystemDriver.open(root))
        .build();
  }

  private byte[] pull(Digest digest) throws IOException {
    try (BlobContent blob = Await.value(cache.blob(ALPINE, digest))) {
      return Reading.all(blob);
    }
  }

  @Test
  void aReaderKeepsItsFileWhenThatIsRenamedIntoTheStore() throws IOException {
    Gate gate = registry.gate();
    Digest digest = registry.blob(NAME, CONTENT, Map.of(200_000, gate));
    try (BlobContent blob = Await.value(cache.blob(ALPINE, digest))) {
      FileChannel file = blob.channel().orElseThrow();
      gate.open();
      Reading.awaitAvailable(blob, CONTENT.length - 1);
      cache.close();

      assertThat(new ContentStore(FilesystemDriver.open(root)).holds(digest)).isTrue();
      assertThat(Reading.all(blob)).isEqualTo(CONTENT);
      assertThat(file.size()).isEqualTo(CONTENT.length);
    }
    assertThat(registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void whatIsStoredIsSentFromItsFileAlsoAfterARestart() throws IOException {
    Digest blob = registry.blob(NAME, CONTENT);
    Digest manifest =
        registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, Samples.manifest("on disk"));
    assertThat(pull(blob)).isEqualTo(CONTENT);
    Await.value(cache.manifest(ALPINE, LATEST));
    cache.close();
    registry.goDown();

    cache = start();

    try (BlobContent stored = Await.value(cache.blob(ALPINE, blob))) {
      ByteBuffer bytes = ByteBuffer.allocate(CONTENT.length + 1);
      assertThat(stored.channel().orElseThrow().read(bytes, 0)).isEqualTo(CONTENT.length);
      assertThat(bytes.flip()).isEqualTo(ByteBuffer.wrap(CONTENT));
    }
    assertThat(Await.value(cache.manifest(ALPINE, manifest)).digest()).isEqualTo(manifest);
    ManifestContent tagged = Await.value(cache.manifest(ALPINE, LATEST));
    assertThat(tagged.digest()).isEqualTo(manifest);
    assertThat(tagged.status()).isInstanceOf(CacheStatus.Stale.class);
  }

  @Test
  void whenAllIsStoredNothingElseIsLeftOnTheDisk() throws IOException {
    Digest digest = registry.blob(NAME, CONTENT);
    assertThat(pull(digest)).isEqualTo(CONTENT);
    cache.close();

    try (Stream<Path> files = Files.walk(root)) {
      assertThat(files.filter(Files::isRegularFile).map(root::relativize).map(Path::toString))
          .containsExactlyInAnyOrder(
              "docker/registry/v2/blobs/sha256/%s/%s/data"
                  .formatted(digest.hex().substring(0, 2), digest.hex()),
              "docker/registry/v2/repositories/%s/_layers/sha256/%s/link"
                  .formatted(NAME, digest.hex()));
    }
  }
}
