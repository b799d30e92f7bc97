package dev.cistern.proxy.internal.pull;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Makes blocking calls to an upstream on separate threads, and returns stages. Thread-safe. */
final class UpstreamCalls {

  /** A call, or several in a row. */
  @FunctionalInterface
  interface Call<V> {

    /** Makes the call; may block until the upstream has answered. */
    V to(Upstream upstream) throws RegistryException;
  }

  private final Upstream upstream;
  private final BlockingTasks tasks;

  /**
   * Calls one upstream.
   *
   * @param executor runs the calls; a call that it rejects fails as {@code UNAVAILABLE}
   */
  UpstreamCalls(Upstream upstream, Executor executor) {
    this.upstream = upstream;
    tasks = new BlockingTasks(executor, "upstream " + upstream.name());
  }

  /** The upstream that is called. */
  Upstream upstream() {
    return upstream;
  }

  /**
   * Starts a call and returns at once. When the upstream would not be asked anyway, the call fails
   * at once instead of waiting for a thread.
   *
   * @param target what is requested, for the message of a failure
   */
  <V> CompletionStage<V> start(Target target, Call<V> call) {
    Optional<UpstreamException> refusal = upstream.refusal(target);
    return refusal.isPresent()
        ? CompletableFuture.failedStage(refusal.get())
        : tasks.start(() -> call.to(upstream));
  }
}
