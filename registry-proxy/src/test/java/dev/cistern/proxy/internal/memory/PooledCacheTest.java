package dev.cistern.proxy.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.RepositoryName;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("11. What is remembered of upstreams takes a bounded part of memory")
class PooledCacheTest {

  private static final long SIZE = 1_000;

  private final MemoryPool pool = new MemoryPool(100 * (SIZE + MemoryPool.ENTRY), 1);
  private final PooledCache<Integer, String> cache = cache();

  private PooledCache<Integer, String> cache() {
    return new PooledCache<>(pool, (key, value) -> SIZE);
  }

  private static void fill(PooledCache<Integer, String> cache, int count) {
    for (int i = 0; i < count; i++) {
      cache.put(i, "value " + i);
    }
  }

  @Test
  void valuesAreRemembered() {
    cache.put(1, "a");
    cache.put(1, "b");

    assertThat(cache.get(1)).isEqualTo("b");
    assertThat(cache.contains(2)).isFalse();
  }

  @Test
  void theEntryThatWasUsedTheLongestAgoLeaves() {
    fill(cache, 100);
    assertThat(cache.get(0)).isEqualTo("value 0");

    cache.put(100, "new");

    assertThat(cache.get(0)).isNotNull();
    assertThat(cache.get(1)).isNull();
    assertThat(cache.get(100)).isEqualTo("new");
    assertThat(cache.count()).isEqualTo(100);
  }

  @Test
  void allCachesTogetherStayWithinThePool() {
    PooledCache<Integer, String> other = cache();
    fill(cache, 1_000);
    fill(other, 60);

    assertThat(cache.count() + other.count()).isEqualTo(100);
    assertThat(other.count()).isEqualTo(60);
  }

  @Test
  void whatIsLargerThanThePoolIsNotKept() {
    PooledCache<Integer, String> large = new PooledCache<>(pool, (key, value) -> pool.bytes());
    large.put(1, "a");

    assertThat(large.get(1)).isNull();
    assertThat(large.count()).isZero();
  }

  @Test
  void removedEntriesMakeRoom() {
    fill(cache, 100);
    cache.removeIf(key -> key >= 10);
    cache.remove(9);
    cache.remove(8, "another value");
    cache.remove(7, "value 7");
    PooledCache<Integer, String> other = cache();
    fill(other, 92);

    assertThat(other.count()).isEqualTo(92);
    assertThat(cache.count()).isEqualTo(8);
    Map<Integer, String> left = new HashMap<>();
    cache.forEach(left::put);
    assertThat(left).containsOnlyKeys(0, 1, 2, 3, 4, 5, 6, 8);
  }

  @Test
  void entriesExpire() {
    AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    PooledCache<Integer, String> short1 =
        new PooledCache<>((key, value) -> SIZE, Duration.ofNanos(10), now::get);
    short1.put(1, "a");

    now.addAndGet(9);
    assertThat(short1.get(1)).isEqualTo("a");
    now.addAndGet(1);
    assertThat(short1.get(1)).isNull();
    assertThat(short1.count()).isZero();
  }

  @Test
  void noEntryIsWithoutItsWeightWhateverThreadsDo() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    CountDownLatch start = new CountDownLatch(1);
    for (int t = 0; t < 4; t++) {
      int seed = t;
      threads.execute(
          () -> {
            try {
              start.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            for (int i = 0; i < 20_000; i++) {
              cache.put((i * 31 + seed) % 300, "v");
              if (i % 3 == 0) {
                cache.remove((i * 17 + seed) % 300);
              }
            }
          });
    }
    start.countDown();
    threads.shutdown();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();

    PooledCache<Integer, String> other = cache();
    fill(other, 100);
    assertThat(cache.count()).as("entries that the pool does not know").isZero();
    assertThat(other.count()).isEqualTo(100);
  }

  @Test
  void theSharedPoolIsSmallAgainstTheHeap() {
    assertThat(MemoryPool.SMALL.bytes())
        .isLessThanOrEqualTo(Runtime.getRuntime().maxMemory() / 32)
        .isLessThanOrEqualTo(64 << 20);
  }

  @Test
  void theLongestNamesCountWithTheirLength() {
    RepositoryName longest = new RepositoryName("a".repeat(255));

    assertThat(Bytes.of(longest)).isGreaterThanOrEqualTo(255 + 16 + 24 + 16);
    assertThat(Bytes.of(new IllegalStateException("x".repeat(4_000)))).isGreaterThan(16_000);
    assertThat(Bytes.of(new IllegalStateException(new IllegalStateException("x"))))
        .isGreaterThan(4_000);
  }
}
