package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getBlob;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.TestCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("2. One upstream transfer a digest at a time, which all who want it follow")
class SingleTransferTest {

  private static final String NAME = ALPINE.value();

  private final TestCache test;
  private final ExecutorService clients = Executors.newCachedThreadPool();

  SingleTransferTest(@TempDir Path spool) {
    test = TestCache.over(spool);
  }

  @AfterEach
  void close() throws IOException {
    clients.shutdownNow();
    test.close();
  }

  private CompletableFuture<byte[]> pull(Digest digest, CountDownLatch start) {
    return CompletableFuture.supplyAsync(
        () -> {
          start.countDown();
          Await.latch(start);
          try {
            return test.pull(ALPINE, digest);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        clients);
  }

  @Test
  void fiftySimultaneousRequestsShareOneTransfer() {
    byte[] content = Samples.bytes(2_000_000);
    Digest digest = test.registry.blob(NAME, content);
    CountDownLatch start = new CountDownLatch(50);

    List<CompletableFuture<byte[]>> bodies = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      bodies.add(pull(digest, start));
    }

    assertThat(bodies).allSatisfy(body -> assertThat(Await.value(body)).isEqualTo(content));
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void latecomersReadFromTheFirstByteAtTheirOwnPace() throws IOException {
    byte[] content = Samples.bytes(1_000_000);
    Gate late = test.registry.gate();
    Digest digest = test.registry.blob(NAME, content, Map.of(900_000, late));

    try (BlobContent first = test.open(ALPINE, digest)) {
      assertThat(Reading.from(first, 0, 800_000)).hasSize(800_000);

      try (BlobContent latecomer = test.open(ALPINE, digest)) {
        assertThat(Reading.from(latecomer, 0, 1_000)).isEqualTo(Arrays.copyOf(content, 1_000));
        late.open();
        assertThat(Reading.all(first)).isEqualTo(content);
        assertThat(Reading.all(latecomer)).isEqualTo(content);
      }
    }
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void theFirstBytesAreThereLongBeforeTheLast() throws IOException {
    byte[] content = Samples.bytes(1_000_000);
    Gate early = test.registry.gate();
    Digest digest = test.registry.blob(NAME, content, Map.of(100, early));

    try (BlobContent blob = test.open(ALPINE, digest)) {
      early.awaitArrival();
      assertThat(blob.size()).hasValue(1_000_000);
      assertThat(Reading.from(blob, 0, 100)).isEqualTo(Arrays.copyOf(content, 100));
      assertThat(blob.available(100)).isZero();
    }
  }

  @Test
  void aRangeCanBeReadAsSoonAsItsBytesAreReceived() throws IOException {
    byte[] content = Samples.bytes(1_000_000);
    Gate middle = test.registry.gate();
    Gate late = test.registry.gate();
    Digest digest = test.registry.blob(NAME, content, Map.of(400_000, middle, 800_000, late));

    try (BlobContent blob = test.open(ALPINE, digest)) {
      middle.awaitArrival();
      CountDownLatch woken = new CountDownLatch(1);
      assertThat(blob.available(700_000)).isZero();
      assertThat(blob.whenAvailable(700_000, woken::countDown)).isTrue();
      assertThat(Reading.from(blob, 300_000, 50_000))
          .isEqualTo(Arrays.copyOfRange(content, 300_000, 350_000));
      assertThat(woken.getCount()).isEqualTo(1);

      middle.open();
      Await.latch(woken);
      assertThat(Reading.from(blob, 700_000, 100_000))
          .isEqualTo(Arrays.copyOfRange(content, 700_000, 800_000));
      late.awaitArrival();
    }
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void afterPublicationStorageAnswersWithoutTheUpstream() throws IOException {
    byte[] content = Samples.bytes(100_000);
    Digest digest = test.registry.blob(NAME, content);
    test.pull(ALPINE, digest);
    test.awaitStored(ALPINE, digest);

    for (int i = 0; i < 20; i++) {
      assertThat(test.pull(ALPINE, digest)).isEqualTo(content);
    }
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void aBlobThatIsFetchedAndStoredBetweenTwoLooksIsServedWithoutTheUpstream() throws IOException {
    byte[] content = Samples.bytes(100_000);
    Digest digest = test.registry.blob(NAME, content);
    Gate secondLook = test.registry.gate();
    // The look for the bytes themselves, after the one for this repository's link to them.
    AtomicBoolean first = new AtomicBoolean(true);
    test.driver.beforeReads(
        key -> {
          if (key.endsWith("/data") && first.getAndSet(false)) {
            secondLook.pass();
          }
        });
    CompletionStage<BlobContent> asked = test.cache.blob(ALPINE, digest);
    secondLook.awaitArrival();
    test.pull(ALPINE, digest);
    test.awaitStored(ALPINE, digest);
    secondLook.open();

    try (BlobContent blob = Await.value(asked)) {
      assertThat(Reading.all(blob)).isEqualTo(content);
    }
    assertThat(test.registry.requests()).containsExactly(getBlob(NAME, digest));
  }

  @Test
  void noRequestDuringThePublicationIsSentUpstreamAgain() {
    for (int round = 0; round < 40; round++) {
      byte[] content = Samples.bytes(66_000 + round);
      Digest digest = test.registry.blob(NAME, content);
      CountDownLatch start = new CountDownLatch(4);
      List<CompletableFuture<Void>> hammers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        hammers.add(CompletableFuture.runAsync(() -> hammer(digest, content, start), clients));
      }
      hammers.forEach(Await::value);

      assertThat(test.registry.requests())
          .filteredOn(request -> request.endsWith(digest.toString()))
          .containsExactly(getBlob(NAME, digest));
    }
  }

  /** Asks until a while after the blob has been published. */
  private void hammer(Digest digest, byte[] content, CountDownLatch start) {
    start.countDown();
    Await.latch(start);
    try {
      int warm = 0;
      while (warm < 20) {
        warm += test.isStored(ALPINE, digest) ? 1 : 0;
        assertThat(test.pull(ALPINE, digest)).isEqualTo(content);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
