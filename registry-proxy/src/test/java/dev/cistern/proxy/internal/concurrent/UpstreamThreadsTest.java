package dev.cistern.proxy.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.testing.Await;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UpstreamThreadsTest {

  @Test
  void theWorkThatMayWaitFollowsTheHeap() {
    assertThat(UpstreamThreads.places(64L << 20)).isEqualTo(1_024);
    assertThat(UpstreamThreads.places(8L << 30)).isEqualTo(10_000);
    assertThat(UpstreamThreads.places(Long.MAX_VALUE)).isEqualTo(10_000);
    assertThat(UpstreamThreads.places(1L << 20)).isEqualTo(256);
  }

  @Test
  void theTransfersThatReceiveAheadFollowTheHeap() {
    assertThat(UpstreamThreads.receiving(64L << 20)).isEqualTo(10);
    assertThat(UpstreamThreads.receiving(Long.MAX_VALUE)).isEqualTo(1_000);
    assertThat(UpstreamThreads.receiving(1L << 20)).isEqualTo(4);
  }

  @Test
  void transfersRunSoManyAtOnceAndTheOthersInTheirOrder() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    List<Integer> order = new CopyOnWriteArrayList<>();
    try (CacheThreads shared = new CacheThreads("test");
        UpstreamThreads threads =
            new UpstreamThreads(shared, "", 1, new ParallelTransfers(1, System::nanoTime))) {
      Executor transfers = threads.transferring().transfers().executor();
      transfers.execute(
          () -> {
            running.countDown();
            Await.latch(gate);
          });
      assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < 5; i++) {
        int number = i;
        transfers.execute(() -> order.add(number));
      }
      CountDownLatch done = new CountDownLatch(1);
      transfers.execute(done::countDown);
      assertThat(order).isEmpty();

      gate.countDown();
      Await.latch(done);
    }
    assertThat(order).containsExactly(0, 1, 2, 3, 4);
  }
}
