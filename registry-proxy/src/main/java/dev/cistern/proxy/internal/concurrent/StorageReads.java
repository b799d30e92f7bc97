package dev.cistern.proxy.internal.concurrent;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Looks into storage on threads that may block on it, and on nothing else: who asks for what is in
 * storage does not wait behind those who wait for the upstream. Thread-safe.
 */
public final class StorageReads {

  private final Executor executor;

  /**
   * @param executor runs the looks; when it rejects one, that fails as {@code UNAVAILABLE}
   */
  public StorageReads(Executor executor) {
    this.executor = executor;
  }

  /** Looks, and returns at once. */
  public <V> CompletionStage<V> look(Supplier<? extends V> storage) {
    CompletableFuture<V> answer = new CompletableFuture<>();
    try {
      executor.execute(() -> run(storage, answer));
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(
          new RegistryException(
              ErrorCode.UNAVAILABLE, "Too many requests are waiting for storage", e));
    }
    return answer;
  }

  /** Looks, goes on with what that leads to, and returns at once. */
  public <V> CompletionStage<V> lookAndGoOn(Supplier<? extends CompletionStage<V>> storage) {
    return this.<CompletionStage<V>>look(storage).thenCompose(Function.identity());
  }

  private static <V> void run(Supplier<? extends V> storage, CompletableFuture<V> answer) {
    try {
      answer.complete(storage.get());
    } catch (RuntimeException | Error e) {
      answer.completeExceptionally(e);
    }
  }
}
