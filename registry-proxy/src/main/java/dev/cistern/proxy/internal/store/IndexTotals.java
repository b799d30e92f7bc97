package dev.cistern.proxy.internal.store;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The sums of an index: of all entries, and of those that count to each upstream. An upstream has
 * the cost of its content, which is more than its size. Thread-safe.
 */
final class IndexTotals {

  private final AtomicLong count = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  // The costs of the content that counts to each upstream; zero is for unknown ones.
  private final AtomicLongArray owned = new AtomicLongArray(Shares.NUMBERS);

  long count() {
    return count.get();
  }

  long bytes() {
    return bytes.get();
  }

  /** How many bytes of disk the content of an upstream takes. */
  long owned(int owner) {
    return owned.get(owner);
  }

  /** There is one more entry, whose upstream is not known. */
  void add(long size) {
    count.incrementAndGet();
    bytes.addAndGet(size);
    owned.addAndGet(Shares.UNKNOWN, Costs.of(size));
  }

  void remove(long size, int owner) {
    count.decrementAndGet();
    bytes.addAndGet(-size);
    owned.addAndGet(owner, -Costs.of(size));
  }

  /** An entry has another size. */
  void resize(long before, long now, int owner) {
    bytes.addAndGet(now - before);
    owned.addAndGet(owner, now - before);
  }

  /** An entry counts to another upstream. */
  void move(long size, int before, int now) {
    long cost = Costs.of(size);
    owned.addAndGet(before, -cost);
    owned.addAndGet(now, cost);
  }
}
