package dev.cistern.proxy.internal.shared;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.store.StorageFaults;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the shared store in the background. While the store is failing, changes are left out, and
 * so are those of a repository that is being purged. Thread-safe.
 */
final class SharedChanges {

  private static final Logger log = LoggerFactory.getLogger(SharedChanges.class);

  /** Changes the store. */
  interface Change {
    void make() throws IOException;
  }

  private final StoreGate gate;
  private final StorageFaults faults;
  private final AtomicInteger pending = new AtomicInteger();

  /** A change of what a repository has. Equal to itself alone. */
  private static final class Running {

    final RepositoryName repository;
    final CompletableFuture<Void> done = new CompletableFuture<>();

    Running(RepositoryName repository) {
      this.repository = repository;
    }
  }

  /** The changes of repositories that are in progress or wait for a thread. */
  private final Set<Running> running = ConcurrentHashMap.newKeySet();

  /** The repositories that get no changes, and for how many purges. */
  private final Map<RepositoryName, Integer> held = new ConcurrentHashMap<>();

  SharedChanges(StoreGate gate, StorageFaults faults) {
    this.gate = gate;
    this.faults = faults;
  }

  /** How many changes are in progress or wait for a thread. */
  int pending() {
    return pending.get();
  }

  /** Why no change is made now; empty if the store works. */
  Optional<IOException> failure() {
    return gate.isShut()
        ? Optional.of(new IOException("the store is failing: " + gate.lastFailure()))
        : Optional.empty();
  }

  /**
   * Makes a change that belongs to no repository.
   *
   * @param attempt what fails if it fails, as the beginning of a log line
   * @return fails with an {@link IOException} if the change is not made
   */
  CompletionStage<Void> make(Executor threads, String attempt, Change change) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    start(threads, attempt, change, done);
    return done;
  }

  /** As above, for a change of what a repository has. */
  CompletionStage<Void> make(
      RepositoryName repository, Executor threads, String attempt, Change change) {
    Running mine = new Running(repository);
    // Before the look at what is held: who holds the repository sees this, or is seen by it.
    running.add(mine);
    CompletionStage<Void> unused =
        mine.done.whenComplete((nothing, failure) -> running.remove(mine));
    start(
        threads,
        attempt,
        () -> {
          requireNotHeld(repository);
          change.make();
        },
        mine.done);
    return mine.done;
  }

  private void requireNotHeld(RepositoryName repository) throws HeldException {
    if (held.containsKey(repository)) {
      throw new HeldException(repository);
    }
  }

  /** The change is not made. */
  private static final class HeldException extends IOException {

    private static final long serialVersionUID = 1L;

    HeldException(RepositoryName repository) {
      super(repository + " is being purged");
    }
  }

  private void start(
      Executor threads, String attempt, Change change, CompletableFuture<Void> done) {
    if (gate.isShut()) {
      log.debug("{}: the store is failing", attempt);
      done.completeExceptionally(failing(attempt));
      return;
    }
    pending.incrementAndGet();
    try {
      threads.execute(() -> run(attempt, change, done));
    } catch (RejectedExecutionException e) {
      faults.report(StorageFault.WRITE, attempt, e);
      end(done, new IOException(attempt + ": " + e.getMessage(), e));
    }
  }

  private void run(String attempt, Change change, CompletableFuture<Void> done) {
    try {
      // It may have begun to fail while this waited.
      if (gate.isShut()) {
        end(done, failing(attempt));
        return;
      }
      change.make();
      end(done, null);
    } catch (HeldException e) {
      end(done, e);
    } catch (IOException | RuntimeException e) {
      faults.report(StorageFault.WRITE, attempt, e);
      end(done, new IOException(attempt + ": " + e.getMessage(), e));
    } catch (Error e) {
      end(done, new IOException(attempt, e));
      throw e;
    }
  }

  private void end(CompletableFuture<Void> done, @Nullable IOException failure) {
    if (failure == null) {
      done.complete(null);
    } else {
      done.completeExceptionally(failure);
    }
    // After what depends on it: a reader that sees none pending sees all failures too.
    pending.decrementAndGet();
  }

  private IOException failing(String attempt) {
    return new IOException(attempt + ": the store is failing: " + gate.lastFailure());
  }

  /**
   * Makes no change of a repository until {@link #release}.
   *
   * @return completes when those have ended that are in progress
   */
  CompletionStage<Void> hold(RepositoryName repository) {
    held.merge(repository, 1, Integer::sum);
    return CompletableFuture.allOf(
        running.stream()
            .filter(change -> change.repository.equals(repository))
            .map(change -> change.done.exceptionally(failure -> null))
            .toArray(CompletableFuture[]::new));
  }

  /** Ends one {@link #hold}. */
  void release(RepositoryName repository) {
    held.computeIfPresent(repository, (name, count) -> count == 1 ? null : count - 1);
  }
}
