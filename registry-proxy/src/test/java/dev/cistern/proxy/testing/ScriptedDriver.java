package dev.cistern.proxy.testing;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.time.Clock;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Storage in memory that fails or delays when a test says so, and notifies of changes. */
public final class ScriptedDriver implements StorageDriver {

  /** Called with a key before an operation; its failure is the operation's. */
  @FunctionalInterface
  public interface Hook {
    void before(String key) throws IOException;
  }

  /** How often a condition is looked at, in milliseconds. */
  private static final long LOOK = 5;

  /** How often it was closed. */
  public final AtomicInteger closings = new AtomicInteger();

  private final MemoryDriver memory;
  private volatile Hook reads = key -> {};
  private volatile Hook writes = key -> {};
  private volatile Hook opens = key -> {};
  private volatile Consumer<String> lists = prefix -> {};

  /** Empty storage whose modification times are those of a clock. */
  public ScriptedDriver(Clock clock) {
    memory = new MemoryDriver(clock);
  }

  /** Before anything is looked at or opened. */
  public void beforeReads(Hook hook) {
    reads = hook;
  }

  /** Before an object is opened. */
  public void beforeOpens(Hook hook) {
    opens = hook;
  }

  /** Before anything is listed. */
  public void beforeLists(Consumer<String> hook) {
    lists = hook;
  }

  /** Before anything is written. */
  public void beforeWrites(Hook hook) {
    writes = hook;
  }

  /**
   * Returns when the condition holds, which is looked at after each write, and every few
   * milliseconds: what follows from a write may come after it.
   */
  public synchronized void await(Callable<Boolean> condition) {
    long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
    try {
      while (!condition.call()) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new AssertionError("storage did not come to be as it should");
        }
        wait(Math.min(left, LOOK));
      }
    } catch (AssertionError e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private synchronized void changed() {
    notifyAll();
  }

  @Override
  public Optional<ObjectStat> stat(String key) throws IOException {
    reads.before(key);
    return memory.stat(key);
  }

  @Override
  public Optional<StoredObject> open(String key, ObjectRange range) throws IOException {
    reads.before(key);
    opens.before(key);
    return memory.open(key, range);
  }

  @Override
  public void put(String key, ObjectBody body) throws IOException {
    writes.before(key);
    memory.put(key, body);
    changed();
  }

  @Override
  public boolean putIfAbsent(String key, ObjectBody body) throws IOException {
    writes.before(key);
    boolean put = memory.putIfAbsent(key, body);
    changed();
    return put;
  }

  @Override
  public void delete(Collection<String> keys) throws IOException {
    for (String key : keys) {
      writes.before(key);
    }
    memory.delete(keys);
    changed();
  }

  @Override
  public Stream<ObjectStat> list(String prefix) {
    lists.accept(prefix);
    return memory.list(prefix);
  }

  @Override
  public Stream<String> children(String prefix) {
    lists.accept(prefix);
    return memory.children(prefix);
  }

  @Override
  public void close() {
    closings.incrementAndGet();
  }
}
