package dev.cistern.storage.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads a data directory that Distribution's registry wrote; its README says how. */
class DistributionDataTest {

  private static final RepositoryName WHOLE = new RepositoryName("library/tiny");
  private static final RepositoryName PART = new RepositoryName("team/deep/er/tiny");

  private final ContentStore store;

  DistributionDataTest(@TempDir Path root) throws IOException, URISyntaxException {
    copy(fixture(), root);
    this.store = new ContentStore(FilesystemDriver.open(root));
  }

  @Test
  void namesAndTagsAreFound() throws IOException {
    assertThat(store.repositories()).containsExactly(WHOLE, PART);
    assertThat(store.tags(WHOLE)).containsExactly(new Tag("1.0"));
    assertThat(store.tags(PART)).containsExactly(new Tag("edge"));
  }

  @Test
  void aTagLeadsToEveryByteOfItsImage() throws IOException, RegistryException {
    Digest tagged = store.tag(WHOLE, new Tag("1.0")).orElseThrow();
    StoredManifest index = store.manifest(WHOLE, tagged).orElseThrow();
    assertThat(index.mediaType()).isEqualTo(MediaType.OCI_INDEX);

    List<Digest> blobs = new ArrayList<>();
    for (Descriptor platform : Manifest.read(index.body()).manifests()) {
      StoredManifest manifest = store.manifest(WHOLE, platform.digest()).orElseThrow();
      assertThat(manifest.mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
      assertThat((long) manifest.size()).isEqualTo(platform.size());
      for (Descriptor descriptor : Manifest.read(manifest.body()).blobs()) {
        assertThat(digest(WHOLE, descriptor)).isEqualTo(descriptor.digest());
        blobs.add(descriptor.digest());
      }
    }
    assertThat(blobs).hasSize(6);
  }

  @Test
  void aRepositoryServesOnlyWhatItIsLinkedTo() throws IOException, RegistryException {
    Digest tagged = store.tag(PART, new Tag("edge")).orElseThrow();
    List<Descriptor> platforms =
        Manifest.read(store.manifest(PART, tagged).orElseThrow().body()).manifests();
    Digest pulled = platforms.get(0).digest();
    Digest other = platforms.get(1).digest();

    assertThat(store.manifest(PART, pulled)).isPresent();
    assertThat(store.manifest(PART, other)).isEmpty();
    Manifest otherManifest = Manifest.read(store.manifest(WHOLE, other).orElseThrow().body());
    Digest foreign = otherManifest.blobs().get(0).digest();
    assertThat(store.holds(foreign)).isTrue();
    assertThat(store.blob(PART, foreign)).isEmpty();
    // The layer of both platforms was pulled here too.
    digest(PART, otherManifest.blobs().get(1));
  }

  private Digest digest(RepositoryName repository, Descriptor descriptor) throws IOException {
    try (StoredBlob blob = store.blob(repository, descriptor.digest()).orElseThrow()) {
      assertThat(blob.size()).isEqualTo(descriptor.size());
      ByteBuffer bytes = ByteBuffer.allocate((int) blob.size());
      assertThat(blob.read(bytes, 0)).isEqualTo(bytes.capacity());
      return Digest.sha256(bytes.array());
    }
  }

  private static Path fixture() throws URISyntaxException {
    URL readme =
        Objects.requireNonNull(
            DistributionDataTest.class.getResource("/distribution-2.8.2/README.md"));
    return Path.of(readme.toURI()).resolveSibling("data");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    }
  }
}
