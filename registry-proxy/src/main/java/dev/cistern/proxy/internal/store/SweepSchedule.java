package dev.cistern.proxy.internal.store;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.concurrent.Repeated;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs sweeps one after the other on one thread, again and again and on request. Thread-safe. */
final class SweepSchedule {

  /** Counting keeps the disk busy; this delay leaves the disk to the first requests. */
  private static final Duration START = Duration.ofSeconds(1);

  private final Runnable sweep;
  private final ScheduledExecutorService thread;

  private Optional<ScheduledFuture<?>> next = Optional.empty(); // guarded by this

  /** Nothing runs before {@link #start}. */
  SweepSchedule(Runnable sweep, ThreadFactory threads) {
    this.sweep = sweep;
    thread = Executors.newSingleThreadScheduledExecutor(threads);
  }

  /** Sweeps for the first time after a short delay. */
  synchronized void start(Duration interval) {
    schedule(START, interval);
  }

  /** Sweeps soon, and from then on at another interval. Does nothing before the start. */
  synchronized void restart(Duration interval) {
    if (next.isPresent() && !thread.isShutdown()) {
      next.get().cancel(false);
      schedule(Duration.ZERO, interval);
    }
  }

  private void schedule(Duration atMost, Duration interval) {
    next =
        Optional.of(
            thread.scheduleWithFixedDelay(
                new Repeated("The sweep of the cache", sweep),
                Math.min(atMost.toNanos(), interval.toNanos()),
                interval.toNanos(),
                TimeUnit.NANOSECONDS));
  }

  /** Runs another sweep as soon as the one in progress has ended. */
  <T> CompletionStage<T> run(Supplier<T> other) {
    try {
      return CompletableFuture.supplyAsync(other, thread);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedStage(
          new RegistryException(ErrorCode.UNAVAILABLE, "The cache is closed", e));
    }
  }

  synchronized boolean isClosed() {
    return thread.isShutdown();
  }

  /**
   * Starts no further sweep, and waits for the one in progress.
   *
   * @return whether it has ended in this time
   */
  boolean close(Duration atMost) throws InterruptedException {
    synchronized (this) {
      thread.shutdown();
    }
    return thread.awaitTermination(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }
}
