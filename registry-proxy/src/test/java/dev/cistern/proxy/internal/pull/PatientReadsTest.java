package dev.cistern.proxy.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.internal.memory.MemoryShortage;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.internal.memory.NoMemoryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PatientReadsTest {

  private final MemoryShortage shortage =
      new MemoryShortage("Cannot read", new NoMemoryException());

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final CountDownLatch collections = new CountDownLatch(1);

  private PatientReads reads(Duration patience) {
    return new PatientReads(
        new MetadataMemory(1 << 20, Duration.ZERO, collections::countDown), patience, timer);
  }

  @AfterEach
  void close() {
    timer.shutdownNow();
  }

  @Test
  void aReadThatSucceedsIsAnsweredAtOnce() {
    CompletionStage<String> read =
        reads(Duration.ZERO).start(() -> CompletableFuture.completedStage("read"));

    assertThat(read.toCompletableFuture()).isCompletedWithValue("read");
  }

  @Test
  void aReadIsTriedAgainUntilThereIsMemory() throws Exception {
    AtomicInteger tries = new AtomicInteger();

    CompletionStage<String> read =
        reads(Duration.ofSeconds(30))
            .start(
                () ->
                    tries.incrementAndGet() < 3
                        ? CompletableFuture.failedStage(shortage)
                        : CompletableFuture.completedStage("read"));

    assertThat(read.toCompletableFuture()).isNotDone();
    assertThat(collections.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(read.toCompletableFuture().get(20, TimeUnit.SECONDS)).isEqualTo("read");
    assertThat(tries).hasValue(3);
  }

  @Test
  void withoutMemoryInTimeItFails() {
    CompletionStage<String> read =
        reads(Duration.ZERO).start(() -> CompletableFuture.failedStage(shortage));

    assertThat(read.toCompletableFuture())
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isSameAs(shortage);
    assertThat(shortage.retryAfter()).isPresent();
  }

  @Test
  void anotherFailureIsNotTriedAgain() {
    IllegalStateException failure = new IllegalStateException("other");

    CompletionStage<String> read =
        reads(Duration.ofDays(1)).start(() -> CompletableFuture.failedStage(failure));

    assertThat(read.toCompletableFuture())
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isSameAs(failure);
  }

  @Test
  void whatATryThrowsIsAnAnswerToo() {
    AtomicInteger tries = new AtomicInteger();
    OutOfMemoryError failure = new OutOfMemoryError("no thread");

    CompletionStage<String> read =
        reads(Duration.ofDays(1))
            .start(
                () -> {
                  if (tries.incrementAndGet() == 1) {
                    return CompletableFuture.failedStage(shortage);
                  }
                  throw failure;
                });

    assertThat(read.toCompletableFuture())
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableThat()
        .havingCause()
        .isSameAs(failure);
  }

  @Test
  void whenManyAreTriedOthersFailAtOnce() {
    PatientReads reads = reads(Duration.ofDays(1));
    CountDownLatch held = new CountDownLatch(1);
    timer.execute(() -> await(held));
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int i = 0; i < 65; i++) {
      all.add(
          reads.<String>start(() -> CompletableFuture.failedStage(shortage)).toCompletableFuture());
    }

    assertThat(all).filteredOn(CompletableFuture::isDone).containsExactly(all.get(64));
    held.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
