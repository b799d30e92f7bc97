package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.memory.CompactNames;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.internal.memory.NoMemoryException;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamException;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The memory for manifests and tag lists that are being read. */
class MetadataMemoryTest {

  private static final int MIB = 1 << 20;

  private static MetadataMemory memory(Duration patience) {
    return new MetadataMemory(2 * MIB, patience, () -> {});
  }

  @Test
  void anAnswerUsesTwiceItsLength() throws IOException {
    MetadataMemory memory = memory(Duration.ZERO);

    try (MetadataMemory.Reservation all = memory.reserve(2)) {
      assertThat(all.largest()).isEqualTo(MIB);
      all.grow(MIB);
      assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> all.grow(MIB + 1));
    }
  }

  @Test
  void otherAnswersWaitUntilThereIsMemory() throws Exception {
    MetadataMemory memory = memory(Duration.ofSeconds(20));
    CountDownLatch started = new CountDownLatch(1);
    CompletableFuture<Void> second;
    try (MetadataMemory.Reservation first = memory.reserve(2)) {
      first.grow(MIB / 2 + 1);
      second =
          CompletableFuture.runAsync(
              () -> {
                try (MetadataMemory.Reservation other = memory.reserve(2)) {
                  started.countDown();
                  other.grow(MIB / 2);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(second).isNotDone();
    }
    second.get(20, TimeUnit.SECONDS);
  }

  @Test
  void withoutMemoryInTimeTheReasonIsClear() throws IOException {
    MetadataMemory memory = memory(Duration.ZERO);
    try (MetadataMemory.Reservation first = memory.reserve(2);
        MetadataMemory.Reservation second = memory.reserve(2)) {
      first.grow(MIB);

      assertThatExceptionOfType(NoMemoryException.class)
          .isThrownBy(() -> second.grow(MetadataMemory.FREE + 1))
          .withMessageContaining("this cache has no memory for the answer now");
    }
  }

  @Test
  void anAnswerThatHasMemoryDoesNotWaitForOthers() throws IOException {
    MetadataMemory memory = memory(Duration.ofDays(1));
    try (MetadataMemory.Reservation second = memory.reserve(2)) {
      try (MetadataMemory.Reservation first = memory.reserve(2)) {
        first.grow(MIB / 2);
        second.grow(MIB / 2);

        assertThatExceptionOfType(NoMemoryException.class).isThrownBy(() -> first.grow(MIB));
      }
      second.grow(MIB);
    }
  }

  @Test
  void rule11WhatWasReadCountsUntilNothingHasItAnyMore() throws IOException {
    MetadataMemory memory = new MetadataMemory(2 * MIB, Duration.ofMillis(1), System::gc);
    byte[][] answers = {new byte[MIB]};
    read(memory, answers[0]);

    try (MetadataMemory.Reservation other = memory.reserve(1)) {
      try {
        assertThatExceptionOfType(NoMemoryException.class).isThrownBy(() -> other.grow(MIB + 1));
        assertThatExceptionOfType(NoMemoryException.class)
            .isThrownBy(() -> memory.allocate(MIB + 1));
      } finally {
        Reference.reachabilityFence(answers[0]);
      }
      answers[0] = new byte[0];

      awaitMemory(other, 2 * MIB);
    }
    assertThat(memory.allocate(2 * MIB)).hasSize(2 * MIB);
  }

  @Test
  void whatIsStoredDoesNotWaitBehindWhatIsNot() throws Exception {
    CountDownLatch collected = new CountDownLatch(1);
    MetadataMemory contended =
        new MetadataMemory(2 * MIB, Duration.ofSeconds(20), collected::countDown);
    try (MetadataMemory.Reservation first = contended.reserve(1)) {
      first.grow(MIB);
      CompletableFuture<Void> cold =
          CompletableFuture.runAsync(
              () -> {
                try (MetadataMemory.Reservation second = contended.reserve(1)) {
                  second.grow(MIB + 1);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(collected.await(20, TimeUnit.SECONDS)).isTrue();

      assertThat(contended.allocate(MIB / 2)).hasSize(MIB / 2);
      contended.reserveNow(MIB / 2 - 1024).close();
      assertThat(cold).isNotDone();
    }
  }

  @Test
  void whatIsStoredDoesNotWaitForMemory() throws IOException {
    AtomicInteger collections = new AtomicInteger();
    MetadataMemory memory =
        new MetadataMemory(2 * MIB, Duration.ofDays(1), collections::incrementAndGet);
    try (MetadataMemory.Reservation all = memory.reserve(1)) {
      all.grow(2 * MIB);

      assertThatExceptionOfType(NoMemoryException.class)
          .isThrownBy(() -> memory.allocate(MetadataMemory.FREE + 1));
      assertThatExceptionOfType(NoMemoryException.class)
          .isThrownBy(() -> memory.reserveNow(MetadataMemory.FREE + 1));
      assertThat(memory.allocate(MetadataMemory.FREE)).hasSize(MetadataMemory.FREE);
    }
    assertThat(collections).hasValue(0);
  }

  @Test
  void whatCanNeverBeReadSaysSo() {
    assertThatIOException()
        .isThrownBy(() -> memory(Duration.ZERO).allocate(2 * MIB + 1))
        .withMessageContaining("more than this cache has for it; give the cache a larger heap");
    assertThatIOException()
        .isThrownBy(() -> memory(Duration.ZERO).reserveNow(2 * MIB + 1))
        .isNotInstanceOf(NoMemoryException.class);
  }

  @Test
  void smallContentNeedsNoMemoryAlsoWhenThereIsLessThanNone() throws IOException {
    MetadataMemory memory = memory(Duration.ZERO);
    byte[] hot = memory.allocate(MIB);
    memory.keptElsewhere(MIB);
    byte[] others = memory.allocate(2 * MIB);
    memory.returned(MIB);
    try {
      assertThatExceptionOfType(NoMemoryException.class)
          .isThrownBy(() -> memory.allocate(MetadataMemory.FREE + 1));

      assertThat(memory.allocate(1024)).hasSize(1024);
      memory.reserveNow(1024).close();
    } finally {
      Reference.reachabilityFence(hot);
      Reference.reachabilityFence(others);
    }
  }

  @Test
  void whatIsKeptElsewhereLeavesMemoryForOthers() throws IOException {
    MetadataMemory memory = memory(Duration.ZERO);
    byte[] hot = memory.allocate(MIB);
    try {
      memory.keptElsewhere(MIB);

      memory.reserveNow(2 * MIB).close();

      // A client still reads it.
      memory.returned(MIB);
      assertThatExceptionOfType(NoMemoryException.class)
          .isThrownBy(() -> memory.reserveNow(MIB + 1));
      memory.reserveNow(MIB).close();
    } finally {
      Reference.reachabilityFence(hot);
    }
  }

  @Test
  void onlyAPartOfTheThreadsWaits() throws Exception {
    MetadataMemory memory = new MetadataMemory(2 * MIB, Duration.ofSeconds(30), () -> {});
    AtomicInteger refused = new AtomicInteger();
    CountDownLatch refusals = new CountDownLatch(32);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(64);
    try (MetadataMemory.Reservation first = memory.reserve(1)) {
      first.grow(2 * MIB);
      for (int i = 0; i < 64; i++) {
        all.add(
            CompletableFuture.runAsync(
                () -> {
                  try (MetadataMemory.Reservation other = memory.reserve(1)) {
                    other.grow(MetadataMemory.FREE + 1);
                  } catch (IOException e) {
                    refused.incrementAndGet();
                    refusals.countDown();
                  }
                },
                threads));
      }
      assertThat(refusals.await(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      threads.shutdown();
    }
    for (CompletableFuture<Void> each : all) {
      each.get(30, TimeUnit.SECONDS);
    }
    assertThat(refused).hasValue(32);
  }

  private static void read(MetadataMemory memory, byte[] answer) throws IOException {
    try (MetadataMemory.Reservation reading = memory.reserve(2)) {
      reading.grow(answer.length);
      reading.keepFor(answer, answer.length);
    }
  }

  /** The collector runs at most twice a second, and may not find everything at once. */
  private static void awaitMemory(MetadataMemory.Reservation reservation, long bytes)
      throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        reservation.grow(bytes);
        return;
      } catch (NoMemoryException e) {
        assertThat(System.nanoTime()).isLessThan(deadline);
      }
    }
  }

  @Test
  void theCollectorRunsOnlyWhenAnAnswerHasToWait() throws IOException {
    AtomicInteger collections = new AtomicInteger();
    MetadataMemory memory =
        new MetadataMemory(2 * MIB, Duration.ZERO, collections::incrementAndGet);
    try (MetadataMemory.Reservation first = memory.reserve(2);
        MetadataMemory.Reservation second = memory.reserve(2)) {
      first.grow(MIB);
      second.grow(MetadataMemory.FREE);
      assertThat(collections).hasValue(0);

      assertThatExceptionOfType(NoMemoryException.class).isThrownBy(() -> second.grow(MIB));
      assertThat(collections).hasValue(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theUpstreamIsNotBlamedForTheMemoryOfThisCache(boolean tags) throws IOException {
    MetadataMemory memory = memory(Duration.ZERO);
    byte[] manifest = Samples.bytes(MIB / 2);
    try (MetadataMemory.Reservation other = memory.reserve(2);
        FakeServer registry =
            FakeServer.start(
                request ->
                    tags ? Samples.status(200, tags(60_000)) : Samples.large(manifest, true));
        Upstream upstream = connect(registry, memory)) {
      other.grow(MIB);

      RegistryException failure =
          failure(
              () -> {
                if (tags) {
                  upstream.tags(ALPINE, Page.FIRST);
                } else {
                  upstream.manifest(ALPINE, Digest.sha256(manifest));
                }
              });

      assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE);
      assertThat(failure).hasMessageContaining("this cache has no memory for the answer now");
      assertThat(failure.retryAfter()).isPresent();
      assertThat(failure)
          .isInstanceOfSatisfying(
              UpstreamException.class,
              e -> assertThat(e.evidence()).isEqualTo(UpstreamException.Evidence.NONE));
    }
  }

  @Test
  void smallAnswersNeverWait() throws IOException {
    MetadataMemory memory = memory(Duration.ZERO);
    try (MetadataMemory.Reservation first = memory.reserve(2);
        MetadataMemory.Reservation second = memory.reserve(2)) {
      first.grow(MIB);
      second.grow(MetadataMemory.FREE);
    }
  }

  private static String tags(int count) {
    StringBuilder json = new StringBuilder("{\"name\":\"x\",\"tags\":[");
    IntStream.range(0, count).forEach(i -> json.append(i == 0 ? "" : ",").append("\"t" + i + '"'));
    return json.append("]}").toString();
  }

  private static Upstream connect(FakeServer registry, MetadataMemory memory) {
    return Upstreams.connect(UpstreamConfig.builder(registry.url()).build(), memory);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAnswerThatDoesNotFitIsAnErrorAndLeavesRoomForOthers(boolean chunked) throws Exception {
    MetadataMemory memory = memory(Duration.ofSeconds(20));
    byte[] manifest = new byte[MIB + 1];
    try (FakeServer registry =
            FakeServer.start(
                request ->
                    String.valueOf(request.getTarget()).contains("tags")
                        ? Samples.status(200, tags(60_000))
                        : Samples.large(manifest, chunked));
        Upstream upstream = connect(registry, memory)) {
      for (int i = 0; i < 3; i++) {
        RegistryException failure =
            failure(() -> upstream.manifest(ALPINE, Digest.sha256(manifest)));
        assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
        assertThat(failure).hasMessageContaining("larger than the limit of " + MIB + " bytes");
      }
      List<String> tags = upstream.tags(ALPINE, Page.FIRST).tags();
      assertThat(tags).isInstanceOf(CompactNames.class).hasSize(60_000).contains("t0", "t59999");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAnswerThatFitsIsReadAsItIs(boolean chunked) throws Exception {
    byte[] manifest = Samples.bytes(MIB);
    try (FakeServer registry = FakeServer.start(request -> Samples.large(manifest, chunked));
        Upstream upstream =
            connect(registry, new MetadataMemory(2 * MIB, Duration.ofSeconds(20), System::gc))) {
      for (int i = 0; i < 3; i++) {
        assertThat(upstream.manifest(ALPINE, Digest.sha256(manifest)).bytes()).isEqualTo(manifest);
      }
    }
  }
}
