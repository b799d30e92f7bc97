package dev.cistern.proxy.internal.concurrent;

import dev.cistern.api.RegistryException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/**
 * Runs tasks that block, on threads for that kind of task alone: tasks that wait for storage never
 * wait behind those that wait for the upstream. Thread-safe.
 */
public final class BlockingTasks {

  /** Something that may block. */
  @FunctionalInterface
  public interface Task<V> {

    /** Does it. */
    V run() throws RegistryException;
  }

  private final Executor executor;
  private final String waitingFor;

  /**
   * @param executor runs the tasks; when it rejects one, that task fails as {@code UNAVAILABLE}
   * @param waitingFor what the tasks wait for, for the message of that failure
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

  /** Starts a task that leads to another stage, and returns at once. */
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
