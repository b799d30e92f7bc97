package dev.cistern.proxy.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.testing.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class SingleFlightTest {

  private final SingleFlight<String, String> flights = new SingleFlight<>();
  private final CompletableFuture<String> work = new CompletableFuture<>();
  private final AtomicInteger starts = new AtomicInteger();

  private CompletionStage<String> join(String key) {
    return flights
        .join(
            key,
            () -> {
              starts.incrementAndGet();
              return work;
            })
        .result();
  }

  @Test
  void simultaneousCallersShareOneRun() {
    CompletionStage<String> first = join("a");
    CompletionStage<String> second = join("a");
    work.complete("done");

    assertThat(starts).hasValue(1);
    assertThat(Await.value(first)).isEqualTo("done");
    assertThat(Await.value(second)).isEqualTo("done");
  }

  @Test
  void anotherKeyIsAnotherRun() {
    join("a");
    join("b");

    assertThat(starts).hasValue(2);
  }

  @Test
  void nothingIsRememberedAfterTheEnd() {
    join("a");
    work.complete("done");
    join("a");

    assertThat(starts).hasValue(2);
  }

  @Test
  void aCallerCanStartANewRunWhenItGetsTheResult() {
    CompletionStage<String> first = join("a");
    CompletionStage<String> again =
        first.thenCompose(
            value ->
                flights
                    .join("a", () -> CompletableFuture.completedStage(value + ", then again"))
                    .result());
    work.complete("done");

    assertThat(Await.value(again)).isEqualTo("done, then again");
  }

  @Test
  void aFailureReachesAllAndIsNotRemembered() {
    CompletionStage<String> first = join("a");
    CompletionStage<String> second = join("a");
    RegistryException cause = new RegistryException(ErrorCode.BAD_GATEWAY, "broken");
    work.completeExceptionally(cause);

    assertThat(Await.failure(first)).isSameAs(cause);
    assertThat(Await.failure(second)).isSameAs(cause);
    join("a");
    assertThat(starts).hasValue(2);
  }

  @Test
  void workThatCannotStartFailsAndIsNotRemembered() {
    for (Throwable cause : List.of(new IllegalStateException("no"), new LinkageError("no"))) {
      CompletionStage<String> failed =
          flights
              .join(
                  "a",
                  () -> {
                    if (cause instanceof Error error) {
                      throw error;
                    }
                    throw (RuntimeException) cause;
                  })
              .result();

      assertThat(failed.toCompletableFuture())
          .failsWithin(Await.DEADLINE)
          .withThrowableOfType(ExecutionException.class)
          .withCause(cause);
    }
    join("a");
    assertThat(starts).hasValue(1);
  }

  @Test
  void cancellingAffectsOnlyTheCallerItself() {
    CompletionStage<String> first = join("a");
    CompletionStage<String> second = join("a");
    first.toCompletableFuture().cancel(true);
    second.toCompletableFuture().complete("a lie");
    CompletionStage<String> third = join("a");
    work.complete("done");

    assertThat(starts).hasValue(1);
    assertThat(Await.value(third)).isEqualTo("done");
  }

  @RepeatedTest(20)
  void thereIsNeverMoreThanOneRunAtATime() {
    int threads = 8;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    ExecutorService workers = Executors.newFixedThreadPool(2);
    try {
      CountDownLatch start = new CountDownLatch(threads);
      AtomicInteger running = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      List<CompletableFuture<Void>> callers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        callers.add(
            CompletableFuture.runAsync(
                () -> {
                  start.countDown();
                  Await.latch(start);
                  for (int n = 0; n < 200; n++) {
                    Await.value(
                        flights
                            .join(
                                "a",
                                () ->
                                    CompletableFuture.supplyAsync(
                                        () -> {
                                          most.accumulateAndGet(
                                              running.incrementAndGet(), Math::max);
                                          running.decrementAndGet();
                                          return "done";
                                        },
                                        workers))
                            .result());
                  }
                },
                pool));
      }
      callers.forEach(Await::value);

      assertThat(most).hasValue(1);
    } finally {
      pool.shutdownNow();
      workers.shutdownNow();
    }
  }
}
