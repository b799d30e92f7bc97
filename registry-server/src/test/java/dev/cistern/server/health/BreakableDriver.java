package dev.cistern.server.health;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Storage in memory whose writes can be made to fail or to hang. */
final class BreakableDriver implements StorageDriver {

  private final MemoryDriver memory = new MemoryDriver();
  private volatile @Nullable IOException failure;
  private volatile @Nullable CountDownLatch hang;
  final CountDownLatch hanging = new CountDownLatch(1);

  /** Makes each write fail. */
  void fail(IOException with) {
    failure = with;
  }

  /** Makes each write wait for the latch. */
  void hang(CountDownLatch until) {
    hang = until;
  }

  /** Makes writes succeed. */
  void repair() {
    failure = null;
    hang = null;
  }

  /** How many objects are stored. */
  long objects() throws IOException {
    try (Stream<ObjectStat> all = memory.list("")) {
      return all.count();
    }
  }

  @Override
  public void put(String key, ObjectBody body) throws IOException {
    CountDownLatch until = hang;
    if (until != null) {
      hanging.countDown();
      try {
        until.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    IOException with = failure;
    if (with != null) {
      throw with;
    }
    memory.put(key, body);
  }

  @Override
  public boolean putIfAbsent(String key, ObjectBody body) throws IOException {
    return memory.putIfAbsent(key, body);
  }

  @Override
  public Optional<ObjectStat> stat(String key) throws IOException {
    return memory.stat(key);
  }

  @Override
  public Optional<StoredObject> open(String key, ObjectRange range) throws IOException {
    return memory.open(key, range);
  }

  @Override
  public void delete(Collection<String> keys) throws IOException {
    memory.delete(keys);
  }

  @Override
  public Stream<ObjectStat> list(String prefix) throws IOException {
    return memory.list(prefix);
  }

  @Override
  public Stream<String> children(String prefix) throws IOException {
    return memory.children(prefix);
  }

  @Override
  public void close() throws IOException {
    memory.close();
  }
}
