package dev.cistern.proxy.internal.guard;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.Upstream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Makes blocking calls to an upstream elsewhere and tells their end as a stage. Thread-safe. */
public final class UpstreamCalls {

  /** A call, or several in a row. */
  @FunctionalInterface
  public interface Call<V> {

    /** Makes the call; may block until the upstream has answered. */
    V to(Upstream upstream) throws RegistryException;
  }

  private final Upstream upstream;
  private final Executor executor;

  /**
   * Calls one upstream.
   *
   * @param executor runs the calls; when it rejects one, that fails as {@code UNAVAILABLE}
   */
  public UpstreamCalls(Upstream upstream, Executor executor) {
    this.upstream = upstream;
    this.executor = executor;
  }

  /**
   * Starts a call and returns at once. A call that would be refused anyway does not wait for its
   * turn to hear that.
   */
  public <V> CompletionStage<V> start(Call<V> call) {
    Optional<RegistryException> refusal = upstream.refusal();
    if (refusal.isPresent()) {
      return CompletableFuture.failedStage(refusal.get());
    }
    CompletableFuture<V> answer = new CompletableFuture<>();
    try {
      executor.execute(() -> run(call, answer));
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(
          new RegistryException(
              ErrorCode.UNAVAILABLE, "Too many requests are waiting for the upstream", e));
    }
    return answer;
  }

  private <V> void run(Call<V> call, CompletableFuture<V> answer) {
    try {
      answer.complete(call.to(upstream));
    } catch (RegistryException | RuntimeException | Error e) {
      answer.completeExceptionally(e);
    }
  }
}
