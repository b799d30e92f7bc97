package dev.cistern.proxy.internal.shared;

import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.storage.StorageException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a store that may hang. A call that does not end before the deadline has failed, and the
 * first call that fails closes the gate: from then on no call is made, and none waits. A probe in
 * the background opens it again. Thread-safe.
 *
 * <p>Calls that have missed the deadline go on until the driver ends them, on threads whose number
 * is limited; when all are occupied, the store has failed too.
 */
final class StoreGate {

  private static final Logger log = LoggerFactory.getLogger(StoreGate.class);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** Asks the store for anything, to find out whether it works. */
  @FunctionalInterface
  interface Probe {
    void run() throws IOException;
  }

  private final Executor threads;
  private final ScheduledExecutorService timer;
  private final Duration deadline;
  private final Duration firstPause;
  private final Probe probe;
  private final StorageFaults faults;

  private volatile boolean shut;
  private volatile String lastFailure = "";
  private Duration pause; // guarded by this
  private Duration slow = Duration.ZERO; // guarded by this

  /**
   * @param threads make the calls
   * @param timer starts the probes
   * @param deadline how long a call may take
   * @param firstPause the time from the first failure to the first probe; doubled for each further
   *     probe, up to 30 s
   */
  StoreGate(
      Executor threads,
      ScheduledExecutorService timer,
      Duration deadline,
      Duration firstPause,
      Probe probe,
      StorageFaults faults) {
    this.threads = threads;
    this.timer = timer;
    this.deadline = deadline;
    this.firstPause = firstPause;
    this.probe = probe;
    this.faults = faults;
    pause = firstPause;
  }

  /** Whether the store is failing, so that it is not asked. */
  boolean isShut() {
    return shut;
  }

  /** Why it is, or was last; empty if nothing has failed yet. */
  String lastFailure() {
    return lastFailure;
  }

  /**
   * Asks the store.
   *
   * @param attempt what fails if this fails, as the beginning of a log line
   * @return completes at the deadline at the latest; empty when the store does not have it or is
   *     failing
   */
  <T> CompletionStage<Optional<T>> ask(String attempt, Callable<Optional<T>> call) {
    return ask(attempt, call, late -> {});
  }

  /**
   * As above.
   *
   * @param discard gets a result that comes after the deadline
   */
  <T> CompletionStage<Optional<T>> ask(
      String attempt, Callable<Optional<T>> call, Consumer<T> discard) {
    if (shut) {
      return CompletableFuture.completedStage(Optional.empty());
    }
    CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
    try {
      threads.execute(
          () -> {
            try {
              Optional<T> found = call.call();
              if (!answer.complete(found)) {
                found.ifPresent(discard);
              }
            } catch (Throwable e) {
              answer.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(e);
    }
    return answer
        .orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(
            failure -> {
              failed(attempt, causeOf(failure));
              return Optional.empty();
            });
  }

  private static Throwable causeOf(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  /** Reports a failure, and shuts the gate if it concerns the store and not one object. */
  void failed(String attempt, Throwable cause) {
    boolean ofStore =
        cause instanceof StorageException known
            ? known.kind() != StorageException.Kind.FULL
            : cause instanceof TimeoutException || cause instanceof RejectedExecutionException;
    Throwable reason =
        cause instanceof TimeoutException
            ? new IOException("the store did not answer within " + deadline.toMillis() + " ms")
            : cause;
    lastFailure = String.valueOf(reason.getMessage());
    faults.report(StorageFault.READ, attempt, reason);
    if (ofStore) {
      shut(firstPause);
    }
  }

  /**
   * Shuts the gate.
   *
   * @param least the time to the first probe, at least
   */
  synchronized void shut(Duration least) {
    if (shut) {
      return;
    }
    shut = true;
    pause = pause.compareTo(least) < 0 ? least : pause;
    log.warn(
        "The shared store is failing and is not asked for now; the next attempt is in {} ms",
        pause.toMillis());
    scheduleProbe();
  }

  private synchronized void scheduleProbe() {
    try {
      Future<?> unused = timer.schedule(this::startProbe, pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("The shared store is not probed: the cache is shutting down");
    }
    Duration doubled = pause.multipliedBy(2);
    pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
  }

  private void startProbe() {
    CompletableFuture<Boolean> works = new CompletableFuture<>();
    try {
      threads.execute(
          () -> {
            try {
              probe.run();
              works.complete(true);
            } catch (IOException | RuntimeException e) {
              works.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException e) {
      works.completeExceptionally(e);
    }
    CompletableFuture<Boolean> unused =
        works
            .orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
            .whenComplete(
                (yes, failure) -> {
                  if (failure == null) {
                    open();
                  } else {
                    scheduleProbe();
                  }
                });
  }

  private synchronized void open() {
    shut = false;
    log.info("The shared store works again");
  }

  /** Records that the store has done real work, so that the next failure is the first one. */
  synchronized void worked() {
    slow = Duration.ZERO;
    if (!shut) {
      pause = firstPause;
    }
  }

  /**
   * Records that something came completely, but too slowly. Shuts the gate when that has taken too
   * long in total, with no work at a good rate in between.
   *
   * @param waited how long it took
   * @param most how long may be waited in total; also the time to the first probe, at least
   */
  void slow(Duration waited, Duration most) {
    synchronized (this) {
      slow = slow.plus(waited);
      if (shut || slow.compareTo(most) < 0) {
        return;
      }
      slow = Duration.ZERO;
    }
    faults.report(
        StorageFault.READ,
        "Blobs of the shared store come too slowly, and come from the upstream for now",
        new IOException("the store sends less than it should"));
    shut(most);
  }
}
