package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class DiskQuestionTest {

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger uses = new AtomicInteger();

  private DiskQuestion question(DiskQuestion.Use use) {
    return new DiskQuestion(
        () -> {
          uses.incrementAndGet();
          use.run();
        },
        Executors.defaultThreadFactory(),
        nanos::get);
  }

  private static void await(CompletionStage<?> answer) {
    answer.toCompletableFuture().join();
  }

  @Test
  void aDiskThatHangsDoesNotAnswerAndIsAskedOnce() {
    CompletableFuture<Void> hanging = new CompletableFuture<>();
    DiskQuestion question = question(hanging::join);

    CompletionStage<?> first = question.ask();
    nanos.addAndGet(DiskQuestion.HANGS.toNanos() - 1);
    CompletionStage<?> second = question.ask();
    assertThat(first.toCompletableFuture()).isNotDone();
    assertThat(second.toCompletableFuture()).isNotDone();

    hanging.complete(null);
    await(first);
    await(second);
    assertThat(uses).hasValue(1);
  }

  /** A disk may hang for days, and peers go on asking. */
  @Test
  void whoAsksADiskThatHasLongHungIsNotRemembered() {
    CompletableFuture<Void> hanging = new CompletableFuture<>();
    DiskQuestion question = question(hanging::join);
    CompletionStage<?> first = question.ask();
    nanos.addAndGet(DiskQuestion.HANGS.toNanos());
    CompletionStage<?> late = question.ask();

    hanging.complete(null);

    await(first);
    assertThat(late.toCompletableFuture()).isNotDone();
    await(question.ask());
  }

  @Test
  void anAnswerCountsForAMoment() {
    DiskQuestion question = question(() -> {});
    await(question.ask());
    await(question.ask());
    assertThat(uses).hasValue(1);

    nanos.addAndGet(DiskQuestion.COUNTS.toNanos());
    await(question.ask());
    assertThat(uses).hasValue(2);
  }

  @Test
  void aFailureIsAnAnswer() {
    await(
        question(
                () -> {
                  throw new IOException("No space left on device");
                })
            .ask());
    assertThat(uses).hasValue(1);
  }
}
