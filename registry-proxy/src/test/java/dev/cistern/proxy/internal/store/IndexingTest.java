package dev.cistern.proxy.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexingTest {

  private final ContentIndex index = new ContentIndex();
  private final ManualClock clock = new ManualClock();

  private static Digest store(Path root) throws IOException {
    byte[] content = Samples.bytes(1_000);
    Digest digest = Digest.sha256(content);
    Path file =
        root.resolve("docker/registry/v2/blobs/sha256")
            .resolve(digest.hex().substring(0, 2))
            .resolve(digest.hex())
            .resolve("data");
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    return digest;
  }

  private void list(Path root, Set<Digest> held) throws IOException {
    try (FilesystemDriver driver = FilesystemDriver.open(root)) {
      assertThat(
              new Indexing(index, new ContentInventory(driver), held::contains, clock)
                  .run(() -> false))
          .isTrue();
    }
  }

  @Test
  void storedContentIsCounted(@TempDir Path root) throws IOException {
    store(root);
    list(root, Set.of());
    assertThat(index.totals().bytes()).isEqualTo(1_000);
  }

  @Test
  void contentBeingPublishedCountsByItsRoom(@TempDir Path root) throws IOException {
    Digest digest = store(root);
    list(root, Set.of(digest));
    assertThat(index.totals().count()).isZero();

    index.put(digest, 1_000, clock.millis());
    list(root, Set.of(digest));
    assertThat(index.totals().bytes()).isEqualTo(1_000);
  }
}
