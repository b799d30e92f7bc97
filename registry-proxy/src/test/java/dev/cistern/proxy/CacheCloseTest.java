package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.report.TransferState;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheCloseTest {

  private static final String NAME = ALPINE.value();

  private final Path spool;
  private final TestCache test;

  CacheCloseTest(@TempDir Path spool) {
    this.spool = spool;
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  @Test
  void transfersInProgressEndAndTheNextCacheResumesThem() throws IOException {
    byte[] content = Samples.bytes(500_000);
    Gate gate = test.registry.gate();
    Digest digest = test.registry.blob(NAME, content, Map.of(200_000, gate));
    try (BlobContent blob = test.open(ALPINE, digest)) {
      gate.awaitArrival();
      Reading.awaitAvailable(blob, 100_000);

      test.cache.close();

      assertThatIOException().isThrownBy(() -> Reading.all(blob));
    }
    assertThat(test.store.holds(digest)).isFalse();
    AtomicReference<String> range = new AtomicReference<>("");
    try (TestCache next = TestCache.over(spool)) {
      next.registry.answer(
          getBlob(NAME, digest),
          request -> {
            range.set(String.valueOf(request.getHeaders().get("Range")));
            return FakeRegistry.rest(content, request);
          });

      assertThat(next.pull(ALPINE, digest)).isEqualTo(content);
      next.awaitStored(ALPINE, digest);
    }
    assertThat(range.get()).matches("bytes=[1-9][0-9]*-");
    assertThat(spool).isEmptyDirectory();
  }

  @Test
  void smallPartsOfTransfersAreNotKept() throws IOException {
    Gate gate = test.registry.gate();
    Digest digest = test.registry.blob(NAME, Samples.bytes(500_000), Map.of(1_000, gate));
    try (BlobContent blob = test.open(ALPINE, digest)) {
      gate.awaitArrival();

      test.cache.close();

      assertThatIOException().isThrownBy(() -> Reading.all(blob));
    }
    assertThat(spool).isEmptyDirectory();
  }

  @Test
  void transfersWhoseUpstreamHasNotAnsweredEnd() throws IOException {
    Gate gate = test.registry.gate();
    Digest digest = Digest.sha256(Samples.bytes(1));
    test.registry.answer(
        getBlob(NAME, digest),
        request -> {
          gate.pass();
          return status(404);
        });
    CompletionStage<BlobContent> blob = test.cache.blob(ALPINE, digest);
    gate.awaitArrival();

    test.cache.close();

    assertThat(Await.failure(blob).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(spool).isEmptyDirectory();
  }

  @Test
  void completeTransfersAreStored() throws IOException {
    Gate storage = test.registry.gate();
    test.driver.beforeWrites(key -> storage.pass());
    byte[] content = Samples.bytes(100_000);
    Digest blob = test.registry.blob(NAME, content);
    Digest manifest =
        test.registry.tag(NAME, "latest", MediaType.OCI_MANIFEST, Samples.manifest("closing"));
    test.pull(ALPINE, blob);
    Await.value(test.cache.manifest(ALPINE, LATEST));
    storage.awaitArrival();
    storage.open();

    test.cache.close();

    assertThat(test.isStored(ALPINE, blob)).isTrue();
    assertThat(test.store.manifest(ALPINE, manifest)).isPresent();
    assertThat(test.store.tag(ALPINE, LATEST)).contains(manifest);
    assertThat(spool).isEmptyDirectory();
  }

  @Test
  void afterwardsNothingIsFetchedAndNothingHangs() throws IOException {
    Digest digest = test.registry.blob(NAME, Samples.bytes(1_000));
    test.cache.close();
    test.cache.close();

    assertThat(Await.failure(test.cache.blob(ALPINE, digest)).code())
        .isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(Await.failure(test.cache.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(spool).isEmptyDirectory();
    assertThat(test.registry.requests()).isEmpty();
  }

  @Test
  void closingAgainDoesNothing() throws IOException {
    Digest digest = test.registry.blob(NAME, Samples.bytes(5_000), Map.of());
    test.pull(ALPINE, digest);
    test.cache.close();

    test.cache.close();

    assertThat(test.driver.closings).hasValue(1);
  }

  @Test
  void closingFromTwoThreadsEndsForBothWhenTheCacheIsClosed() {
    Runnable closing =
        () -> {
          try {
            test.cache.close();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          assertThat(test.driver.closings).hasValue(1);
        };

    Await.value(
        CompletableFuture.runAsync(closing)
            .thenCombine(CompletableFuture.runAsync(closing), (one, other) -> true));
  }

  @Test
  void contentIsClosedOnce() throws IOException {
    byte[] content = Samples.bytes(500_000);
    Gate gate = test.registry.gate();
    Digest digest = test.registry.blob(NAME, content, Map.of(200_000, gate));
    BlobContent left = test.open(ALPINE, digest);
    try (BlobContent followed = test.open(ALPINE, digest)) {
      gate.awaitArrival();
      left.close();
      left.close();
      assertThat(test.cache.transfers())
          .extracting(TransferState::readers)
          .as("readers")
          .containsExactly(1);
      gate.open();
      assertThat(Reading.all(followed)).isEqualTo(content);
    }
    test.awaitStored(ALPINE, digest);
    BlobContent stored = test.open(ALPINE, digest);
    stored.close();
    stored.close();
    assertThat(test.pull(ALPINE, digest)).isEqualTo(content);
  }
}
