package dev.cistern.proxy.internal.concurrent;

import dev.cistern.proxy.internal.concurrent.Flight.Role;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Shares one run of some work among all callers with the same key. Nothing is remembered when the
 * work ends: a later call starts new work. Thread-safe.
 */
public final class SingleFlight<K, V> {

  private final ConcurrentHashMap<K, CompletableFuture<V>> flights = new ConcurrentHashMap<>();

  /**
   * Joins the work in progress for {@code key}, or starts it.
   *
   * @param work starts the work, or does it at once; called on the caller's thread, outside any
   *     lock, at most once
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

  /** Joins the work in progress for {@code key}, if there is any. */
  public Optional<CompletionStage<V>> joinRunning(K key) {
    return Optional.ofNullable(flights.get(key)).map(CompletableFuture::minimalCompletionStage);
  }
}
