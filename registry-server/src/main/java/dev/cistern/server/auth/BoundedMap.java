package dev.cistern.server.auth;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A map of bounded size. The entry that was used least recently leaves. Thread-safe. */
final class BoundedMap<K, V> {

  private final long most;
  private final ToLongFunction<V> weight;

  // Guarded by this.
  private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long sum;

  /**
   * @param most how many entries
   */
  BoundedMap(int most) {
    this(most, value -> 1);
  }

  /**
   * @param most how much all entries may weigh together
   * @param weight of an entry with a value
   */
  BoundedMap(long most, ToLongFunction<V> weight) {
    this.most = most;
    this.weight = weight;
  }

  synchronized @Nullable V get(K key) {
    return entries.get(key);
  }

  synchronized void put(K key, V value) {
    remove(key);
    entries.put(key, value);
    sum += weight.applyAsLong(value);
    while (sum > most) {
      remove(entries.keySet().iterator().next());
    }
  }

  synchronized void remove(K key) {
    @Nullable V removed = entries.remove(key);
    if (removed != null) {
      sum -= weight.applyAsLong(removed);
    }
  }

  synchronized int size() {
    return entries.size();
  }
}
