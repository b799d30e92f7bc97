package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.testing.ChangedMemoryDriver;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Storage in memory, with a gate before the data of blobs and a count of what is open. */
final class GatedDriver extends ChangedMemoryDriver {

  private static final String DATA = "/data";

  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger opened = new AtomicInteger();
  private boolean shut;
  private boolean opening;

  /** Makes whoever opens a blob's data wait, and counts from here. */
  synchronized void shut() {
    shut = true;
    opening = false;
    opened.set(0);
  }

  /** Lets them go on. */
  synchronized void open() {
    shut = false;
    notifyAll();
  }

  /** Waits until somebody waits at the gate. */
  synchronized void awaitOpening() throws InterruptedException {
    while (!opening) {
      wait();
    }
  }

  /** How many blobs are open. */
  int openObjects() {
    return open.get();
  }

  /** How many blobs have been opened since {@link #shut}. */
  int opened() {
    return opened.get();
  }

  /** Whether some blob with this in its key is stored, and linked by a repository. */
  boolean has(String key) {
    try (Stream<ObjectStat> all = list("docker")) {
      return all.filter(object -> object.key().contains(key)).count() == 2;
    }
  }

  /** Pulls a blob until it comes from here: its transfer answers for a moment longer. */
  void awaitUse(Callable<?> pull) throws Exception {
    Instant deadline = Instant.now().plus(RunningServer.DEADLINE);
    for (int before = opened.get(); opened.get() == before; pull.call()) {
      assertThat(Duration.between(Instant.now(), deadline)).isPositive();
    }
  }

  private synchronized void pass() {
    while (shut) {
      opening = true;
      notifyAll();
      try {
        wait();
      } catch (InterruptedException e) {
        // A device does not let itself be interrupted either.
      }
    }
  }

  @Override
  public Optional<StoredObject> open(String key, ObjectRange range) throws IOException {
    if (!key.endsWith(DATA)) {
      return super.open(key, range);
    }
    pass();
    Optional<StoredObject> object = super.open(key, range);
    if (object.isPresent()) {
      open.incrementAndGet();
      opened.incrementAndGet();
    }
    return object.map(this::counted);
  }

  private StoredObject counted(StoredObject object) {
    return new StoredObject() {
      @Override
      public long size() {
        return object.size();
      }

      @Override
      public int read(ByteBuffer target, long position) throws IOException {
        return object.read(target, position);
      }

      @Override
      public void close() throws IOException {
        open.decrementAndGet();
        object.close();
      }
    };
  }
}
