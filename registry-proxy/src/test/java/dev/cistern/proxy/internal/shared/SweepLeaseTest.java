package dev.cistern.proxy.internal.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SweepLeaseTest {

  private static final Duration SILENCE = Duration.ofMinutes(15);

  private final StorageDriver driver = new MemoryDriver();
  private final AtomicLong time = new AtomicLong();

  private SweepLease lease() {
    return new SweepLease(driver, SILENCE, time::get);
  }

  private void pass(Duration duration) {
    time.addAndGet(duration.toNanos());
  }

  @Test
  void theFirstHoldsTheLeaseWhileItRenewsIt() throws IOException {
    SweepLease first = lease();
    SweepLease second = lease();
    assertThat(first.isHeld()).isTrue();
    for (int i = 0; i < 10; i++) {
      pass(SILENCE.minusMinutes(1));
      assertThat(first.isHeld()).isTrue();
      assertThat(second.isHeld()).isFalse();
    }
  }

  @Test
  void aSilentHolderLosesIt() throws IOException {
    SweepLease first = lease();
    SweepLease second = lease();
    assertThat(first.isHeld()).isTrue();
    assertThat(second.isHeld()).isFalse();
    pass(SILENCE);
    assertThat(second.isHeld()).isTrue();

    assertThat(first.isHeld()).isFalse();
    assertThat(second.isHeld()).isTrue();
    try (var leases = driver.list("cistern/sweep")) {
      assertThat(leases.map(ObjectStat::key)).containsExactly("cistern/sweep/2");
    }
  }

  @Test
  void oneThatHasJustStartedWaitsForTheWholeSilence() throws IOException {
    assertThat(lease().isHeld()).isTrue();
    pass(SILENCE.multipliedBy(2));
    SweepLease started = lease();
    assertThat(started.isHeld()).isFalse();
    pass(SILENCE.minusSeconds(1));
    assertThat(started.isHeld()).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(started.isHeld()).isTrue();
  }

  @Test
  void ofManyThatSeeTheSilenceOneTakesIt() throws Exception {
    assertThat(lease().isHeld()).isTrue();
    List<SweepLease> others = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      others.add(lease());
      assertThat(others.get(i).isHeld()).isFalse();
    }
    pass(SILENCE);
    ExecutorService threads = Executors.newFixedThreadPool(others.size());
    try {
      CyclicBarrier start = new CyclicBarrier(others.size());
      List<Callable<Boolean>> takers = new ArrayList<>();
      for (SweepLease other : others) {
        takers.add(
            () -> {
              start.await();
              return other.isHeld();
            });
      }
      int holders = 0;
      for (Future<Boolean> taker : threads.invokeAll(takers)) {
        holders += taker.get() ? 1 : 0;
      }
      assertThat(holders).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
  }
}
