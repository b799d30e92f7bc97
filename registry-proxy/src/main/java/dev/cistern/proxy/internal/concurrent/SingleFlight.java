package dev.cistern.proxy.internal.concurrent;

import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.Flight.Role;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Shares one run of some work among all callers with the same key. Nothing is remembered when the
 * work ends: a later call starts new work. Thread-safe.
 */
public final class SingleFlight<K, V> {

  private record Running<V>(CompletableFuture<V> result, Interest interest) {}

  private final ConcurrentHashMap<K, Running<V>> flights = new ConcurrentHashMap<>();

  /** As below, for work that is not dropped. */
  public Flight<V> join(K key, Supplier<? extends CompletionStage<V>> work) {
    return join(key, Requester.UNKNOWN, interest -> work.get());
  }

  /**
   * Joins the work in progress for {@code key}, or starts it.
   *
   * @param work starts the work, or does it at once; called on the caller's thread, outside any
   *     lock, at most once. Gets all who join later.
   */
  public Flight<V> join(
      K key, Requester requester, Function<Interest, ? extends CompletionStage<V>> work) {
    Running<V> mine = new Running<>(new CompletableFuture<>(), new Interest(requester));
    for (Running<V> running = flights.putIfAbsent(key, mine);
        running != null;
        running = flights.putIfAbsent(key, mine)) {
      if (running.interest.join(requester)) {
        return new Flight<>(running.result.minimalCompletionStage(), Role.FOLLOWER);
      }
      // Dropped, because no requester waited for it.
      flights.remove(key, running);
    }
    CompletionStage<V> started;
    try {
      started = work.apply(mine.interest);
    } catch (RuntimeException | Error e) {
      started = CompletableFuture.failedStage(e);
    }
    started.whenComplete(
        (value, failure) -> {
          flights.remove(key, mine);
          if (failure == null) {
            mine.result.complete(value);
          } else {
            mine.result.completeExceptionally(failure);
          }
        });
    return new Flight<>(mine.result.minimalCompletionStage(), Role.LEADER);
  }

  /** Joins the work in progress for {@code key}, if there is any. */
  public Optional<CompletionStage<V>> joinRunning(K key, Requester requester) {
    Running<V> running = flights.get(key);
    return running != null && running.interest.join(requester)
        ? Optional.of(running.result.minimalCompletionStage())
        : Optional.empty();
  }
}
