package dev.cistern.proxy.internal.pull;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.policy.DeletedTags;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Answers from the cache when the upstream fails. */
final class StaleFallback {

  private StaleFallback() {}

  /**
   * Answers with {@code fallback} when the upstream did not answer. When it refused, or answered
   * that the content does not exist, the policy decides.
   *
   * @param fallback looks into storage, and blocks; empty when nothing is cached
   * @param reads runs the fallback
   */
  static <V> CompletionStage<V> recover(
      CompletionStage<V> answer,
      BlockingTasks reads,
      DeletedTags policy,
      Function<RegistryException, Optional<V>> fallback) {
    return answer
        .handle(
            (value, failure) -> {
              if (failure == null) {
                return CompletableFuture.completedStage(value);
              }
              return StageFailure.cause(failure) instanceof RegistryException cause
                      && policy.allowsStale(cause.code())
                  ? reads.start(() -> orThrow(fallback.apply(cause), cause))
                  : CompletableFuture.<V>failedStage(failure);
            })
        .thenCompose(Function.identity());
  }

  private static <V> V orThrow(Optional<V> found, RegistryException cause)
      throws RegistryException {
    if (found.isEmpty()) {
      throw cause;
    }
    return found.get();
  }
}
