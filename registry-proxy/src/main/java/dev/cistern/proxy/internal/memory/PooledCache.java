package dev.cistern.proxy.internal.memory;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Remembers something for a while, as long as there is room in a {@link MemoryPool}. Thread-safe.
 *
 * <p>Each entry is in the map of its cache and in the order of the pool. It is put into the map
 * first, and removed from it after it has left the order, so that no entry is without its weight.
 * When two threads put and remove the same key at once, it may be lost, as if it was evicted.
 */
public final class PooledCache<K, V> {

  /** Estimates the size of an entry. */
  @FunctionalInterface
  public interface Size<K, V> {

    /** The bytes of key and value, without what a cache adds. */
    long bytes(K key, V value);
  }

  /**
   * @param until by the clock of the cache
   */
  private record Entry<V>(V value, long until) {}

  private final MemoryPool pool;
  private final Size<K, V> size;
  private final Duration lifetime;
  private final LongSupplier nanos;
  private final Map<K, Entry<V>> entries = new ConcurrentHashMap<>();
  private final WeakReference<PooledCache<?, ?>> self = new WeakReference<>(this);

  /** A cache of small entries, which have no lifetime. */
  public PooledCache(Size<K, V> size) {
    this(MemoryPool.SMALL, size);
  }

  /** As above, with another pool. */
  public PooledCache(MemoryPool pool, Size<K, V> size) {
    this(pool, size, Duration.ofDays(10_000), System::nanoTime);
  }

  /**
   * A cache of small entries.
   *
   * @param lifetime how long they are used
   * @param nanos the time, as {@link System#nanoTime}
   */
  public PooledCache(Size<K, V> size, Duration lifetime, LongSupplier nanos) {
    this(MemoryPool.SMALL, size, lifetime, nanos);
  }

  private PooledCache(MemoryPool pool, Size<K, V> size, Duration lifetime, LongSupplier nanos) {
    this.pool = pool;
    this.size = size;
    this.lifetime = lifetime;
    this.nanos = nanos;
  }

  /** Returns null if there is none. */
  public @Nullable V get(K key) {
    Entry<V> entry = entries.get(key);
    if (entry == null) {
      return null;
    }
    if (entry.until - nanos.getAsLong() <= 0) {
      remove(key);
      return null;
    }
    pool.used(self, key);
    return entry.value;
  }

  /** Whether there is one. */
  public boolean contains(K key) {
    return get(key) != null;
  }

  public void put(K key, V value) {
    entries.put(key, new Entry<>(value, nanos.getAsLong() + lifetime.toNanos()));
    pool.add(self, key, size.bytes(key, value));
  }

  /** Replaces a value by one of the same size, if there is one. */
  public void update(K key, UnaryOperator<V> change) {
    entries.computeIfPresent(
        key, (same, entry) -> new Entry<>(change.apply(entry.value), entry.until));
  }

  public void remove(K key) {
    if (entries.containsKey(key)) {
      pool.remove(self, key);
      entries.remove(key);
    }
  }

  /** Removes an entry if it has this value. */
  public void remove(K key, V value) {
    Entry<V> entry = entries.get(key);
    if (entry != null && entry.value.equals(value)) {
      remove(key);
    }
  }

  /** Removes the entries whose keys match. */
  public void removeIf(Predicate<K> keys) {
    entries.keySet().stream().filter(keys).toList().forEach(this::remove);
  }

  /** Looks at all entries. */
  public void forEach(BiConsumer<K, V> action) {
    entries.forEach((key, entry) -> action.accept(key, entry.value));
  }

  int count() {
    return entries.size();
  }

  /** The pool has removed the entry of a key. */
  void evicted(Object key) {
    entries.remove(key);
  }
}
