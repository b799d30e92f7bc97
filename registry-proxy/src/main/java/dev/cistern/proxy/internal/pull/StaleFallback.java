package dev.cistern.proxy.internal.pull;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.internal.memory.MemoryShortage;
import dev.cistern.proxy.policy.DeletedTags;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Answers from the cache when the upstream fails. */
final class StaleFallback {

  private StaleFallback() {}

  /** Looks into storage, and blocks. */
  @FunctionalInterface
  interface Look<V> {

    /**
     * Empty when nothing is cached.
     *
     * @throws RegistryException why what is cached cannot be given now
     */
    Optional<V> into(RegistryException cause) throws RegistryException;
  }

  /**
   * Answers with {@code fallback} when the upstream did not answer. When it refused, or answered
   * that the content does not exist, the policy decides. Clients that seem to have left get it too:
   * one that has closed only its own end of the connection looks the same, and still reads.
   *
   * @param fallback tried again while there is no memory for what it reads
   * @param reads runs the fallback
   */
  static <V> CompletionStage<V> recover(
      CompletionStage<V> answer, BlockingTasks reads, DeletedTags policy, Look<V> fallback) {
    return answer.exceptionallyCompose(
        failure ->
            StageFailure.cause(failure) instanceof RegistryException cause
                ? instead(cause, reads, policy, fallback)
                : CompletableFuture.failedStage(failure));
  }

  /** As {@link #recover}, for an upstream that has failed. */
  static <V> CompletionStage<V> instead(
      RegistryException cause, BlockingTasks reads, DeletedTags policy, Look<V> fallback) {
    // What is cached was looked for already if there was no memory for it.
    return cause instanceof MemoryShortage || !policy.allowsStale(cause.code())
        ? CompletableFuture.failedStage(cause)
        : PatientReads.OF_HEAP.start(() -> reads.start(() -> orThrow(fallback.into(cause), cause)));
  }

  private static <V> V orThrow(Optional<V> found, RegistryException cause)
      throws RegistryException {
    if (found.isEmpty()) {
      throw cause;
    }
    return found.get();
  }
}
