package dev.cistern.proxy.internal.concurrent;

import dev.cistern.api.RegistryException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/**
 * Runs one kind of blocking tasks on its own threads, so that tasks that wait for storage never
 * queue behind tasks that wait for the upstream. Thread-safe.
 */
public final class BlockingTasks {

  /** A task that may block. */
  @FunctionalInterface
  public interface Task<V> {

    /** Runs the task. */
    V run() throws RegistryException;
  }

  private final Executor executor;
  private final String waitingFor;

  /**
   * @param executor runs the tasks; a task that it rejects fails as {@code UNAVAILABLE}
   * @param waitingFor what the tasks wait for, used in the message of that failure
   */
  public BlockingTasks(Executor executor, String waitingFor) {
    this.executor = executor;
    this.waitingFor = waitingFor;
  }

  /** Starts a task and returns at once. */
  public <V> CompletionStage<V> start(Task<V> task) {
    CompletableFuture<V> result = new CompletableFuture<>();
    try {
      executor.execute(() -> run(task, result));
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(Rejection.failure(e, waitingFor));
    }
    return result;
  }

  /** Starts a task that returns another stage, and returns at once. */
  public <V> CompletionStage<V> startAndContinue(Task<CompletionStage<V>> task) {
    return this.<CompletionStage<V>>start(task).thenCompose(Function.identity());
  }

  private static <V> void run(Task<V> task, CompletableFuture<V> result) {
    try {
      result.complete(task.run());
    } catch (RegistryException | RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }
}
