package dev.cistern.proxy;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.RemoteDriver;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Purges of a cache whose storage is behind a network, where content arrives later. */
class RemotePurgeTest {

  private static final byte[] CONTENT = Samples.bytes(300_000);

  private final FakeRegistry registry = FakeRegistry.start();
  private final ManualClock clock = new ManualClock();
  private final RemoteDriver store = new RemoteDriver(clock);
  private final ContentStore stored = new ContentStore(store);
  private final Gate slow = new Gate();
  private final PullThroughCache cache;

  RemotePurgeTest(@TempDir Path directory) {
    cache =
        PullThroughCache.builder()
            .upstream(registry.connect())
            .storage(store)
            .local(new LocalTier(directory, 100 << 20))
            .clock(clock)
            .build();
  }

  @AfterEach
  void close() throws IOException {
    slow.open();
    cache.close();
    registry.close();
  }

  private Digest pulled(RepositoryName repository) throws IOException {
    Digest digest = registry.blob(repository.value(), CONTENT);
    try (BlobContent content = Await.value(cache.blob(repository, digest))) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    Await.stored(cache, repository, digest);
    return digest;
  }

  private void awaitUploads() {
    long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
    while (cache.pendingUploads() > 0) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void whatIsStillBeingStoredDoesNotComeBack() throws IOException {
    store.beforeWrites(
        (key, position) -> {
          if (key.startsWith("docker/")) {
            slow.pass();
          }
        });
    Digest digest = pulled(ALPINE);
    slow.awaitArrival();

    CompletionStage<PurgeReport> purge = cache.purge(ALPINE, Optional.empty());
    // Of another repository, which is nobody's business here.
    assertThat(Await.value(cache.purge(DEBIAN, Optional.empty())).contents()).isEmpty();
    slow.open();

    assertThat(Await.value(purge).contents()).hasSize(1);
    awaitUploads();
    assertThat(stored.holds(digest)).isFalse();
    assertThat(stored.blobSize(ALPINE, digest)).isEmpty();
  }

  @Test
  void whatIsPulledAfterwardsIsStoredAgain() throws IOException {
    Digest digest = pulled(ALPINE);
    awaitUploads();
    assertThat(stored.blobSize(ALPINE, digest)).isPresent();

    assertThat(Await.value(cache.purge(ALPINE, Optional.empty())).contents()).hasSize(1);
    assertThat(stored.blobSize(ALPINE, digest)).isEmpty();

    assertThat(pulled(ALPINE)).isEqualTo(digest);
    awaitUploads();
    assertThat(stored.blobSize(ALPINE, digest)).isPresent();
  }
}
