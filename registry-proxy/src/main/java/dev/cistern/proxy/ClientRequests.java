package dev.cistern.proxy;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.CacheRequest;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.internal.pull.Pulls;
import dev.cistern.proxy.upstream.UpstreamException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * What is the same for each request to a cache: it goes to the upstream of its repository, the
 * rules of that upstream may deny it, and the listener gets its end. Thread-safe.
 */
final class ClientRequests {

  private final Registries registries;
  private final CacheListener listener;

  ClientRequests(Registries registries, CacheListener listener) {
    this.registries = registries;
    this.listener = listener;
  }

  /** Asks the upstream, and reports the end. */
  <V> CompletionStage<V> answer(
      CacheRequest request,
      Requester requester,
      Function<Pulls, CompletionStage<V>> question,
      Function<V, CacheStatus> status) {
    return report(request, requester, ask(request, question), status);
  }

  /**
   * Asks the upstream of a repository, unless a rule of it denies that. Reports nothing.
   *
   * @param request one with a repository
   */
  <V> CompletionStage<V> ask(CacheRequest request, Function<Pulls, CompletionStage<V>> question) {
    try {
      Registry registry = registries.of(request.repository().orElseThrow());
      Optional<RegistryException> denied = registry.denied(request);
      return denied.isPresent()
          ? CompletableFuture.failedStage(denied.get())
          : question.apply(registry.pulls());
    } catch (RegistryException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  /** Reports the end of a request to the listener, and adds the time waited to a failure. */
  <V> CompletionStage<V> report(
      CacheRequest request,
      Requester requester,
      CompletionStage<V> answer,
      Function<V, CacheStatus> status) {
    // The request of a client is reported where the client has sent it.
    CacheListener told = requester.isPeer() ? CacheListener.NONE : listener;
    CompletableFuture<V> known = answer.toCompletableFuture();
    if (known.isDone() && !known.isCompletedExceptionally()) {
      told.requestAnswered(request, status.apply(known.join()));
      return answer;
    }
    long start = System.nanoTime();
    return answer
        .handle(
            (value, failure) -> {
              if (failure == null) {
                told.requestAnswered(request, status.apply(value));
                return CompletableFuture.completedStage(value);
              }
              Throwable cause = withTime(failure, Duration.ofNanos(System.nanoTime() - start));
              if (cause instanceof RegistryException refusal) {
                told.requestFailed(request, refusal);
              }
              return CompletableFuture.<V>failedStage(cause);
            })
        .thenCompose(Function.identity());
  }

  /** Reports a hit that was answered without asking for the bytes. */
  void reportHit(CacheRequest request) {
    listener.requestAnswered(request, CacheStatus.Hit.BY_DIGEST);
  }

  private static Throwable withTime(Throwable failure, Duration waited) {
    Throwable cause = StageFailure.cause(failure);
    return cause instanceof UpstreamException upstream ? upstream.after(waited) : cause;
  }
}
