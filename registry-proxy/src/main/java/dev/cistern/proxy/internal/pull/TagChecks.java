package dev.cistern.proxy.internal.pull;

import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The questions on their way to the upstream, one a tag, and how patient to be with them.
 *
 * <p>A check has one timer for all who wait for it. When several in a row take too long, the
 * upstream counts as slow, and nobody who has another answer waits for it at all, until one check
 * is quick again. Thread-safe.
 */
final class TagChecks {

  private static final int SLOW = 3;

  record Key(RepositoryName repository, Tag tag) {}

  /**
   * A question on its way.
   *
   * @param answer completes with what the upstream says
   * @param overdue completes when that takes too long; cancelled when it does not
   */
  record Check(CompletableFuture<TagAnswer> answer, CompletableFuture<Void> overdue) {}

  private final ConcurrentHashMap<Key, Check> checks = new ConcurrentHashMap<>();
  private final AtomicInteger overdueInARow = new AtomicInteger();
  private final Duration timeout;

  /**
   * No checks yet.
   *
   * @param timeout how long to wait for the upstream when there is another answer
   */
  TagChecks(Duration timeout) {
    this.timeout = timeout;
  }

  /** Joins the check for a tag, starting it when there is none. */
  Check join(Key key, Supplier<? extends CompletionStage<TagAnswer>> question) {
    Check mine = new Check(new CompletableFuture<>(), new CompletableFuture<>());
    Check running = checks.putIfAbsent(key, mine);
    if (running != null) {
      return running;
    }
    // A check that nobody waits for is timed all the same: it is what shows that the upstream has
    // become quick again.
    CompletableFuture<Void> late = mine.overdue;
    if (overdueInARow.get() >= SLOW) {
      mine.overdue.complete(null);
      late = new CompletableFuture<>();
    }
    CompletableFuture<Void> timer = late;
    Future<?> unused =
        timer
            .completeOnTimeout(null, timeout.toMillis(), TimeUnit.MILLISECONDS)
            .thenRun(overdueInARow::incrementAndGet);
    start(question)
        .whenComplete(
            (answer, failure) -> {
              checks.remove(key, mine);
              if (failure != null) {
                mine.answer.completeExceptionally(failure);
              } else {
                mine.answer.complete(answer);
              }
              if (timer.cancel(false)) {
                overdueInARow.set(0);
              }
            });
    return mine;
  }

  /** A question that cannot even be asked must not stay on its way for ever. */
  private static CompletionStage<TagAnswer> start(
      Supplier<? extends CompletionStage<TagAnswer>> question) {
    try {
      return question.get();
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedStage(e);
    }
  }
}
