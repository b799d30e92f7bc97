package dev.cistern.proxy.internal.concurrent;

import dev.cistern.proxy.internal.concurrent.Flight.Role;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Shares one run of some work among all who ask for the same key while it is under way. Nothing is
 * remembered afterwards: a call after the end starts it anew. Thread-safe.
 */
public final class SingleFlight<K, V> {

  private final ConcurrentHashMap<K, CompletableFuture<V>> flights = new ConcurrentHashMap<>();

  /**
   * Joins the flight for {@code key}, starting it when there is none.
   *
   * @param work starts the work and returns without waiting for it; called on the caller's thread,
   *     under no lock, at most once
   */
  public Flight<V> join(K key, Supplier<? extends CompletionStage<V>> work) {
    CompletableFuture<V> mine = new CompletableFuture<>();
    CompletableFuture<V> running = flights.putIfAbsent(key, mine);
    if (running != null) {
      return new Flight<>(running.minimalCompletionStage(), Role.FOLLOWER);
    }
    CompletionStage<V> started;
    try {
      started = work.get();
    } catch (RuntimeException | Error e) {
      started = CompletableFuture.failedStage(e);
    }
    started.whenComplete(
        (value, failure) -> {
          flights.remove(key, mine);
          if (failure == null) {
            mine.complete(value);
          } else {
            mine.completeExceptionally(failure);
          }
        });
    return new Flight<>(mine.minimalCompletionStage(), Role.LEADER);
  }

  /** Joins the flight for {@code key} if there is one. */
  public Optional<CompletionStage<V>> joinRunning(K key) {
    return Optional.ofNullable(flights.get(key)).map(CompletableFuture::minimalCompletionStage);
  }
}
