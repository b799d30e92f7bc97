package dev.cistern.proxy.internal.pull;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.Rejection;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.concurrent.WorkQueue;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;

/** Makes blocking calls to an upstream on separate threads, and returns stages. Thread-safe. */
final class UpstreamCalls {

  /** A call, or several in a row. */
  @FunctionalInterface
  interface Call<V> {

    /** Makes the call; may block until the upstream has answered. */
    V to(Upstream upstream) throws RegistryException;
  }

  /** Decides where a call waits for its turn. */
  @FunctionalInterface
  interface CallQueues {

    /** The queue of a call. */
    WorkQueue of(Target target, boolean forPeer);
  }

  private final Upstream upstream;
  private final CallQueues queues;
  private final KnownAbsences absences;

  /**
   * Calls one upstream.
   *
   * @param queue runs the calls; a call that it rejects fails as {@code UNAVAILABLE}
   */
  UpstreamCalls(Upstream upstream, WorkQueue queue, InstantSource clock) {
    this(upstream, clock, (target, forPeer) -> queue);
  }

  /**
   * As above.
   *
   * @param queues for calls of different kinds
   */
  UpstreamCalls(Upstream upstream, InstantSource clock, CallQueues queues) {
    this.upstream = upstream;
    this.queues = queues;
    absences = new KnownAbsences(clock);
  }

  /**
   * That the upstream answered 404 when it was last asked for this, as the answer while it does not
   * answer. Empty when it did not, or is not known to have.
   *
   * @param reason why it does not answer now
   */
  Optional<UpstreamException> absentBefore(Target target, String reason) {
    return absences.stale(target, upstream.name(), reason);
  }

  /** How a call fails that the upstream refuses. */
  UpstreamException failure(Target target, UpstreamException refusal) {
    return absences.failed(target, refusal);
  }

  /** The upstream that is called. */
  Upstream upstream() {
    return upstream;
  }

  /**
   * Starts a call and returns at once. When the upstream would not be asked anyway, the call fails
   * at once instead of waiting for a thread. A call that no client waits for when its turn comes is
   * not made. While the upstream does not answer, a call for what it did not have before fails with
   * that.
   *
   * @param target what is requested, for the message of a failure
   * @param interest who waits for it
   */
  <V> CompletionStage<V> start(Target target, Interest interest, Call<V> call) {
    Optional<UpstreamException> refusal = upstream.refusal(target);
    if (refusal.isPresent()) {
      return CompletableFuture.failedStage(failure(target, refusal.get()));
    }
    Waiting<V> waiting = new Waiting<>(target, interest, call, new CompletableFuture<>());
    try {
      WorkQueue queue = queues.of(target, interest.isForPeer());
      interest.queued(queue.execute(interest.client(), waiting));
    } catch (RejectedExecutionException e) {
      waiting.reject(e);
    }
    return waiting.result;
  }

  private final class Waiting<V> implements WorkQueue.Work {

    private final Target target;
    private final Interest interest;
    private final Call<V> call;
    private final CompletableFuture<V> result;

    Waiting(Target target, Interest interest, Call<V> call, CompletableFuture<V> result) {
      this.target = target;
      this.interest = interest;
      this.call = call;
      this.result = result;
    }

    @Override
    public void run() {
      try {
        if (interest.begin()) {
          V answer = UpstreamWork.with(interest, interest.cause(), () -> call.to(upstream));
          absences.answered(target);
          result.complete(answer);
        } else {
          result.completeExceptionally(
              new RegistryException(
                  ErrorCode.UNAVAILABLE,
                  "Cannot get " + target + ": no client waits for it any more"));
        }
      } catch (UpstreamException e) {
        result.completeExceptionally(absences.failed(target, e));
      } catch (RegistryException | RuntimeException | Error e) {
        result.completeExceptionally(e);
      }
    }

    @Override
    public boolean dropIfUnwanted() {
      return !interest.begin();
    }

    @Override
    public void reject(RejectedExecutionException cause) {
      result.completeExceptionally(Rejection.failure(cause, "upstream " + upstream.name()));
    }
  }
}
