package dev.cistern.proxy.concurrent;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs blocking work elsewhere and tells its end as a stage. */
public final class BlockingWork {

  /** Work that may block, and fail as the registry protocol knows failures. */
  @FunctionalInterface
  public interface Task<V> {
    V run() throws RegistryException;
  }

  private final Executor executor;

  /**
   * @param executor runs the work; when it rejects some, that work fails as {@code UNAVAILABLE}
   */
  public BlockingWork(Executor executor) {
    this.executor = executor;
  }

  /** Starts {@code task} and returns at once; the stage fails with what the task throws. */
  public <V> CompletionStage<V> start(Task<V> task) {
    CompletableFuture<V> result = new CompletableFuture<>();
    try {
      executor.execute(() -> run(task, result));
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(
          new RegistryException(
              ErrorCode.UNAVAILABLE, "Too many requests are waiting for the upstream", e));
    }
    return result;
  }

  private static <V> void run(Task<V> task, CompletableFuture<V> result) {
    try {
      result.complete(task.run());
    } catch (RegistryException | RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }
}
