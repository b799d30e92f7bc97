package dev.cistern.proxy.internal.memory;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.RemovalNotification;
import java.lang.ref.WeakReference;
import java.util.Objects;

/**
 * A number of bytes that several {@link PooledCache}s share. When they have more, the entry that
 * was used the longest ago is removed from its cache. Thread-safe.
 */
public final class MemoryPool {

  /** What small entries of all caches in this process may use: a 32nd of the heap. */
  static final MemoryPool SMALL =
      new MemoryPool(Math.min(Runtime.getRuntime().maxMemory() / 32, 64L << 20), 4);

  /** An entry costs this much besides its key and value: two tables, an order, a lifetime. */
  static final int ENTRY = 256;

  /** The cache is not kept from being collected: its entries leave the pool as others come. */
  private record Owned(WeakReference<PooledCache<?, ?>> cache, Object key) {}

  private final long bytes;
  private final Cache<Owned, Integer> entries;

  /**
   * @param threads how many may write at once; each of them has its part of the bytes
   */
  public MemoryPool(long bytes, int threads) {
    this.bytes = bytes;
    entries =
        CacheBuilder.newBuilder()
            .maximumWeight(bytes)
            .weigher((Owned owned, Integer weight) -> weight)
            .concurrencyLevel(threads)
            .removalListener(MemoryPool::removed)
            .build();
  }

  private static void removed(RemovalNotification<Owned, Integer> removal) {
    if (removal.wasEvicted()) {
      Owned owned = Objects.requireNonNull(removal.getKey());
      PooledCache<?, ?> cache = owned.cache.get();
      if (cache != null) {
        cache.evicted(owned.key);
      }
    }
  }

  /** How much all entries together may use, by the estimates of their caches. */
  public long bytes() {
    return bytes;
  }

  /**
   * @param cache the same object in each call of a cache
   */
  void add(WeakReference<PooledCache<?, ?>> cache, Object key, long size) {
    entries.put(new Owned(cache, key), (int) Math.min(Integer.MAX_VALUE, size + ENTRY));
  }

  void used(WeakReference<PooledCache<?, ?>> cache, Object key) {
    Integer unused = entries.getIfPresent(new Owned(cache, key));
  }

  void remove(WeakReference<PooledCache<?, ?>> cache, Object key) {
    entries.invalidate(new Owned(cache, key));
  }
}
