package dev.cistern.proxy.internal.pull;

import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.Cause;
import dev.cistern.proxy.internal.concurrent.Interest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The questions to an upstream that are in progress, at most one for each thing, and how long
 * requests wait for their answers: which manifest a tag names, which referrers a manifest has.
 *
 * <p>A check has one timer for all requests that wait for it. When {@value #SLOW} checks in a row
 * are overdue, the upstream counts as slow: until one check is quick again, requests that can be
 * answered from the cache do not wait at all. Thread-safe.
 */
final class UpstreamChecks<K, A> {

  private static final int SLOW = 3;

  /**
   * A check in progress.
   *
   * @param answer completes with the upstream's answer
   * @param overdue completes when the answer takes too long; cancelled when it does not
   * @param interest who waits for it
   */
  record Check<A>(CompletableFuture<A> answer, CompletableFuture<Void> overdue, Interest interest) {

    /**
     * Answers without the upstream if the check is overdue.
     *
     * @param lookups runs the step, which reads storage
     */
    void whenOverdue(Executor lookups, Runnable step) {
      if (answer.isDone()) {
        return;
      }
      Future<?> unused =
          overdue.thenRunAsync(
              () -> {
                if (!answer.isDone()) {
                  step.run();
                }
              },
              lookups);
    }
  }

  private final ConcurrentHashMap<K, Check<A>> checks = new ConcurrentHashMap<>();
  private final AtomicInteger overdueInARow = new AtomicInteger();
  private final Duration timeout;

  /**
   * Starts without checks.
   *
   * @param timeout how long to wait for the upstream when there is a cached answer
   */
  UpstreamChecks(Duration timeout) {
    this.timeout = timeout;
  }

  /**
   * Joins the check of a thing, starting it when there is none.
   *
   * @param question asks; gets all who join later
   */
  Check<A> join(
      K key, Requester requester, Function<Interest, ? extends CompletionStage<A>> question) {
    Check<A> mine =
        new Check<>(new CompletableFuture<>(), new CompletableFuture<>(), new Interest(requester));
    for (Check<A> running = checks.putIfAbsent(key, mine);
        running != null;
        running = checks.putIfAbsent(key, mine)) {
      if (running.interest.join(requester)) {
        return running;
      }
      // Dropped, because no request waited for it.
      checks.remove(key, running);
    }
    // A check that no request waits for is timed too, because it shows when the upstream is quick
    // again.
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
    start(() -> question.apply(mine.interest))
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

  /** Whether a check of this is in progress. */
  boolean isInProgress(K key) {
    return checks.containsKey(key);
  }

  /**
   * Starts a check that no request waits for, unless one is in progress. It is made even if all
   * clients leave. When it fails, nothing happens.
   *
   * @param cause the request that showed that a check is due
   */
  void startBehind(
      K key, Requester cause, Function<Interest, ? extends CompletionStage<A>> question) {
    // Many requests may come during one check: they must not all be remembered as its requesters.
    if (!isInProgress(key)) {
      Check<A> unused = join(key, new Behind(cause.passed(), cause.cause()), question);
    }
  }

  /**
   * The cache itself.
   *
   * @param passed lets a cache know its own checks when they come back to it
   */
  private record Behind(@Override List<String> passed, @Override Cause cause) implements Requester {

    @Override
    public String client() {
      return "";
    }

    @Override
    public boolean isWaiting() {
      return true;
    }
  }

  /** A check that cannot be started must fail, or it would stay in progress forever. */
  private static <A> CompletionStage<A> start(Supplier<? extends CompletionStage<A>> question) {
    try {
      return question.get();
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedStage(e);
    }
  }
}
