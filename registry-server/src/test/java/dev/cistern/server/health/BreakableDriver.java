package dev.cistern.server.health;

import dev.cistern.server.testing.ChangedMemoryDriver;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectStat;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Storage in memory whose writes can be made to fail or to hang. */
final class BreakableDriver extends ChangedMemoryDriver {

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
    try (Stream<ObjectStat> all = list("")) {
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
    super.put(key, body);
  }
}
