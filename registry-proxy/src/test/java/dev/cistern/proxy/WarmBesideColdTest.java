package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("9. A warm request never waits behind a cold one")
class WarmBesideColdTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] MANIFEST = Samples.manifest("warm");
  private static final byte[] LAYER = Samples.bytes(100_000);

  private final TestCache test;

  WarmBesideColdTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  @Test
  void aSilentUpstreamDelaysOnlyRequestsThatNeedIt() throws IOException {
    Digest layer = test.registry.blob(NAME, LAYER);
    Digest manifest = test.registry.manifest(NAME, MediaType.OCI_MANIFEST, MANIFEST);
    test.pull(ALPINE, layer);
    Await.value(test.cache.manifest(ALPINE, manifest));
    test.awaitStored(ALPINE, layer);
    test.driver.await(() -> test.store.manifest(ALPINE, manifest).isPresent());

    Gate silence = test.registry.gate();
    List<CompletionStage<?>> cold = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Digest digest = Digest.sha256(("cold " + i).getBytes(StandardCharsets.UTF_8));
      test.registry.answer(getBlob(NAME, digest), request -> notFoundAfter(silence));
      test.registry.answer(getManifest(NAME, digest), request -> notFoundAfter(silence));
      cold.add(test.cache.blob(ALPINE, digest));
      cold.add(test.cache.manifest(ALPINE, digest));
    }
    silence.awaitArrival();

    assertThat(test.pull(ALPINE, layer)).isEqualTo(LAYER);
    assertThat(Await.value(test.cache.blobInfo(ALPINE, layer)).size()).hasValue(LAYER.length);
    assertThat(Await.value(test.cache.manifest(ALPINE, manifest)).body())
        .isEqualTo(ByteBuffer.wrap(MANIFEST));
    assertThat(cold).noneMatch(stage -> stage.toCompletableFuture().isDone());

    silence.open();
    cold.forEach(Await::failure);
  }

  /** More than the threads that read storage. */
  @Test
  void storedManifestsWithoutMemoryDelayNoStoredBlob() throws IOException {
    Digest layer = test.registry.blob(NAME, LAYER);
    test.pull(ALPINE, layer);
    test.awaitStored(ALPINE, layer);
    List<Digest> large = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      byte[] manifest = Samples.manifest("large " + i + "x".repeat(MetadataMemory.FREE));
      Digest digest = Digest.sha256(manifest);
      test.store.publishManifest(
          ALPINE, StoredManifest.of(digest, MediaType.OCI_MANIFEST, manifest));
      large.add(digest);
    }

    List<CompletionStage<?>> waiting = new ArrayList<>();
    try (MetadataMemory.Reservation all = MetadataMemory.OF_HEAP.reserve(1)) {
      all.grow(all.largest());
      large.forEach(digest -> waiting.add(test.cache.manifest(ALPINE, digest)));

      assertThat(test.pull(ALPINE, layer)).isEqualTo(LAYER);
      assertThat(waiting).noneMatch(stage -> stage.toCompletableFuture().isDone());
    }
    for (CompletionStage<?> each : waiting) {
      assertThat(Await.value(each)).isNotNull();
    }
  }

  private static MockResponse notFoundAfter(Gate gate) {
    gate.pass();
    return status(404);
  }
}
