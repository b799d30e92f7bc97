package dev.cistern.proxy.internal.pull;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.concurrent.StorageReads;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Which failures of the upstream the cache may answer for. */
public final class Failures {

  private Failures() {}

  /**
   * Answers with {@code fallback} where the upstream could not be asked. What it did say, a refusal
   * or that something does not exist, is passed on.
   *
   * @param fallback looks what is here, empty when that is nothing; blocks on storage
   * @param reads where the fallback runs
   */
  public static <V> CompletionStage<V> recover(
      CompletionStage<V> answer,
      StorageReads reads,
      Function<RegistryException, Optional<V>> fallback) {
    return answer
        .handle(
            (value, failure) -> {
              if (failure == null) {
                return CompletableFuture.completedStage(value);
              }
              return unwrap(failure) instanceof RegistryException cause && isNoAnswer(cause)
                  ? reads.lookAndGoOn(
                      () ->
                          fallback
                              .apply(cause)
                              .<CompletionStage<V>>map(CompletableFuture::completedStage)
                              .orElseGet(() -> CompletableFuture.failedStage(cause)))
                  : CompletableFuture.<V>failedStage(failure);
            })
        .thenCompose(Function.identity());
  }

  private static boolean isNoAnswer(RegistryException cause) {
    return switch (cause.code()) {
      case BAD_GATEWAY, GATEWAY_TIMEOUT, UNAVAILABLE, TOOMANYREQUESTS -> true;
      default -> false;
    };
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
