package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("3. A fetch belongs to the cache, not to the client that caused it")
class IndependentClientTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] CONTENT = Samples.bytes(500_000);

  private final TestCache test;
  private final Gate gate;
  private final Digest digest;

  IndependentClientTest(@TempDir Path spool) {
    test = TestCache.over(spool);
    gate = test.registry.gate();
    digest = test.registry.blob(NAME, CONTENT, Map.of(200_000, gate));
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  @Test
  void theTransferContinuesWhenAllItsClientsHaveLeft() throws IOException {
    try (BlobContent impatient = test.open(ALPINE, digest)) {
      assertThat(Reading.from(impatient, 0, 10)).hasSize(10);
    }
    gate.open();
    test.awaitStored(ALPINE, digest);

    assertThat(test.pull(ALPINE, digest)).isEqualTo(CONTENT);
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void theTransferContinuesWhenItsClientLeftBeforeTheAnswer() throws IOException {
    test.cache.blob(ALPINE, digest).toCompletableFuture().cancel(true);
    gate.open();
    test.awaitStored(ALPINE, digest);

    assertThat(test.pull(ALPINE, digest)).isEqualTo(CONTENT);
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void aClientThatLeavesChangesNothingForOthers() throws IOException {
    try (BlobContent patient = test.open(ALPINE, digest)) {
      try (BlobContent impatient = test.open(ALPINE, digest)) {
        impatient.whenAvailable(450_000, () -> {});
      }
      gate.open();
      assertThat(Reading.all(patient)).isEqualTo(CONTENT);
    }
  }

  @Test
  void aClientThatNeverReadsDelaysNoOther() throws IOException {
    try (BlobContent idle = test.open(ALPINE, digest);
        BlobContent busy = test.open(ALPINE, digest)) {
      gate.open();
      assertThat(Reading.all(busy)).isEqualTo(CONTENT);
      test.awaitStored(ALPINE, digest);

      // The name is gone from the spool by now; the bytes are still the idle one's to read.
      assertThat(Reading.all(idle)).isEqualTo(CONTENT);
    }
  }

  @Test
  void aClientThatCannotBeWokenHarmsNoOther() throws IOException {
    try (BlobContent broken = test.open(ALPINE, digest);
        BlobContent sound = test.open(ALPINE, digest)) {
      gate.awaitArrival();
      assertThat(
              broken.whenAvailable(
                  300_000,
                  () -> {
                    throw new IllegalStateException("the connection's thread has ended");
                  }))
          .isTrue();
      gate.open();
      assertThat(Reading.all(sound)).isEqualTo(CONTENT);
    }
    test.awaitStored(ALPINE, digest);
  }
}
