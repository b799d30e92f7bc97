package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.FakeRegistry.headBlob;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import dev.cistern.storage.ObjectStat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A blob's bytes are shared by all repositories, the right to read them is not")
class CrossRepositoryTest {

  private static final byte[] CONTENT = Samples.bytes(300_000);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  private final TestCache test;

  CrossRepositoryTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private void storeForAlpine() throws IOException {
    test.registry.blob(ALPINE.value(), CONTENT);
    test.pull(ALPINE, DIGEST);
    test.awaitStored(ALPINE, DIGEST);
  }

  @Test
  void aStoredBlobNeedsAConfirmationForAnotherRepository() throws IOException {
    storeForAlpine();

    assertThat(Await.failure(test.cache.blob(DEBIAN, DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
    assertThat(Await.failure(test.cache.blobInfo(DEBIAN, DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);

    test.registry.blob(DEBIAN.value(), CONTENT);
    test.clock.advance(Duration.ofMinutes(1));
    assertThat(test.pull(DEBIAN, DIGEST)).isEqualTo(CONTENT);
    // The one for HEAD of a blob that Debian did not have.
    assertThat(test.registry.count(getBlob(DEBIAN.value(), DIGEST))).isEqualTo(1);
  }

  @Test
  void theUpstreamIsAskedOnlyOnce() throws IOException {
    storeForAlpine();
    test.registry.blob(DEBIAN.value(), CONTENT);

    test.pull(DEBIAN, DIGEST);
    test.pull(DEBIAN, DIGEST);
    test.registry.goDown();

    assertThat(test.pull(DEBIAN, DIGEST)).isEqualTo(CONTENT);
    assertThat(test.registry.count(headBlob(DEBIAN.value(), DIGEST))).isEqualTo(1);
  }

  @Test
  void aFailedConfirmationIsAFailureAndNotAbsence() throws IOException {
    storeForAlpine();
    test.registry.answer(headBlob(DEBIAN.value(), DIGEST), request -> status(500));
    test.registry.answer(getBlob(DEBIAN.value(), DIGEST), request -> status(500));

    assertThat(Await.failure(test.cache.blob(DEBIAN, DIGEST)).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void aTransferInProgressIsFollowedAfterAConfirmation() throws IOException {
    Gate gate = test.registry.gate();
    test.registry.blob(DEBIAN.value(), CONTENT);
    test.registry.blob(ALPINE.value(), CONTENT, Map.of(200_000, gate));

    try (BlobContent first = test.open(ALPINE, DIGEST);
        BlobContent other = test.open(DEBIAN, DIGEST)) {
      gate.open();
      assertThat(Reading.all(first)).isEqualTo(CONTENT);
      assertThat(Reading.all(other)).isEqualTo(CONTENT);
    }
    test.awaitStored(ALPINE, DIGEST);
    test.awaitStored(DEBIAN, DIGEST);
    assertThat(test.registry.requests())
        .containsExactlyInAnyOrder(
            getBlob(ALPINE.value(), DIGEST), headBlob(DEBIAN.value(), DIGEST));
  }

  @Test
  void aTransferInProgressIsNotFollowedWithoutTheBlobInTheRepository() throws IOException {
    Gate gate = test.registry.gate();
    test.registry.blob(ALPINE.value(), CONTENT, Map.of(200_000, gate));

    try (BlobContent first = test.open(ALPINE, DIGEST)) {
      assertThat(Await.failure(test.cache.blob(DEBIAN, DIGEST)).code())
          .isEqualTo(ErrorCode.BLOB_UNKNOWN);
      gate.open();
      assertThat(Reading.all(first)).isEqualTo(CONTENT);
    }
    assertThat(Await.failure(test.cache.blob(DEBIAN, DIGEST)).code())
        .isEqualTo(ErrorCode.BLOB_UNKNOWN);
  }

  @Test
  void aTransferThatAnotherRepositoryStartsBetweenTwoLooksIsNotFollowedUnasked()
      throws IOException {
    Gate gate = test.registry.gate();
    test.registry.blob(ALPINE.value(), CONTENT, Map.of(200_000, gate));
    Gate transferOfAnother = test.registry.gate();
    // Debian's look into storage for the bytes themselves: nothing is on its way just before it.
    AtomicBoolean debians = new AtomicBoolean(true);
    test.driver.beforeReads(
        key -> {
          if (key.endsWith("/data") && debians.getAndSet(false)) {
            transferOfAnother.pass();
          }
        });
    CompletionStage<BlobContent> asked = test.cache.blob(DEBIAN, DIGEST);
    transferOfAnother.awaitArrival();

    try (BlobContent first = test.open(ALPINE, DIGEST)) {
      transferOfAnother.open();
      assertThat(Await.failure(asked).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
      gate.open();
      assertThat(Reading.all(first)).isEqualTo(CONTENT);
    }
  }

  @Test
  void aRefusalForOneRepositoryDoesNotFailAnother() throws IOException {
    Gate gate = test.registry.gate();
    test.registry.blob(DEBIAN.value(), CONTENT);
    test.registry.answer(
        getBlob(ALPINE.value(), DIGEST),
        request -> {
          gate.pass();
          return status(404);
        });

    CompletionStage<BlobContent> refused = test.cache.blob(ALPINE, DIGEST);
    gate.awaitArrival();
    Gate asked = test.registry.gate();
    test.registry.answer(
        headBlob(DEBIAN.value(), DIGEST),
        request -> {
          asked.pass();
          return status(200);
        });
    CompletionStage<BlobContent> other = test.cache.blob(DEBIAN, DIGEST);
    asked.awaitArrival();
    asked.open();
    // Debian follows Alpine's transfer as soon as the link is written.
    test.driver.await(
        () -> {
          try (Stream<ObjectStat> keys = test.driver.list("")) {
            return keys.anyMatch(stat -> stat.key().contains(DEBIAN.value()));
          }
        });
    gate.open();

    assertThat(Await.failure(refused).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
    try (BlobContent content = Await.value(other)) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
  }
}
