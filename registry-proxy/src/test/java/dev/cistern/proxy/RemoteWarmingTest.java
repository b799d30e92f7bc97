package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.RemoteDriver;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Warming a cache whose storage is behind a network, so that the storage has the image. */
class RemoteWarmingTest {

  private static final String NAME = ALPINE.value();
  private static final int SIZE = 300_000;

  @TempDir private Path directory;
  private final FakeRegistry registry = FakeRegistry.start();
  private final ManualClock clock = new ManualClock();
  private final RemoteDriver store = new RemoteDriver(clock);
  private Digest layer;
  private Digest manifest;

  @BeforeEach
  void pushImage() {
    layer = registry.blob(NAME, Samples.bytes(SIZE));
    String blob =
        "{\"mediaType\":\"application/octet-stream\",\"digest\":\"%s\",\"size\":%d}"
            .formatted(layer, SIZE);
    byte[] body =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
            .formatted(MediaType.OCI_MANIFEST, blob, blob)
            .getBytes(StandardCharsets.UTF_8);
    manifest = registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, body);
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
  }

  private PullThroughCache cache() {
    return PullThroughCache.builder()
        .upstream(registry.connect())
        .storage(store)
        .local(new LocalTier(directory, 100 << 20))
        .clock(clock)
        .build();
  }

  private static CompletionStage<ImageWarming.Progress> warm(ImageSource source) {
    return ImageWarming.start(source, ALPINE, LATEST, Optional.empty(), WarmingListener.NONE)
        .completion();
  }

  private void warm() throws IOException {
    try (PullThroughCache cache = cache()) {
      assertThat(Await.value(warm(ImageWarming.storedSource(cache))).received()).isEqualTo(2);
      requireStored();
    }
  }

  private void requireStored() throws IOException {
    ContentStore stored = new ContentStore(store);
    assertThat(stored.blobSize(ALPINE, layer)).hasValue(SIZE);
    assertThat(stored.manifest(ALPINE, manifest)).isPresent();
    assertThat(stored.tag(ALPINE, LATEST)).contains(manifest);
  }

  private void fail(RemoteDriver.Hook hook) {
    store.beforeLooks(hook);
    store.beforeWrites(hook);
  }

  /** Fills the local directory only. */
  private void warmWhileTheStoreFails() throws IOException {
    fail(RemoteWarmingTest::unavailable);
    try (PullThroughCache cache = cache()) {
      Await.value(warm(ImageWarming.source(cache)));
      Await.stored(cache, ALPINE, layer);
    }
  }

  private static void unavailable(String key, long position) throws IOException {
    throw new StorageException(Kind.UNAVAILABLE, "the bucket is down", null);
  }

  @Test
  void whatIsFetchedIsInTheStoreAtTheEnd() throws IOException {
    warm();
  }

  @Test
  void whatTheLocalDirectoryHasIsStored() throws IOException {
    warmWhileTheStoreFails();
    fail((key, position) -> {});

    warm();

    assertThat(registry.count(getBlob(NAME, layer))).isEqualTo(1);
  }

  @Test
  void anythingThatTheStoreHasLostIsStored() throws IOException {
    warm();
    for (String lost : store.keys().toList()) {
      store.delete(List.of(lost));
      warm();
    }
    assertThat(registry.count(getBlob(NAME, layer))).isEqualTo(1);
  }

  @Test
  void anImageThatIsOnlyInTheLocalDirectoryFailsAsLongAsTheStoreDoes() throws IOException {
    warmWhileTheStoreFails();

    for (int run = 0; run < 2; run++) {
      try (PullThroughCache cache = cache()) {
        assertThatThrownBy(() -> Await.value(warm(ImageWarming.storedSource(cache))))
            .hasStackTraceContaining("could not be stored in the shared store")
            .hasStackTraceContaining("the bucket is down");
      }
    }
  }

  @Test
  void aStoreThatTakesNothingFailsTheImage() throws IOException {
    store.beforeWrites(
        (key, position) -> {
          throw new StorageException(Kind.REFUSED, "read-only", null);
        });
    try (PullThroughCache cache = cache()) {
      assertThatThrownBy(() -> Await.value(warm(ImageWarming.storedSource(cache))))
          .hasStackTraceContaining("read-only");
    }
  }
}
