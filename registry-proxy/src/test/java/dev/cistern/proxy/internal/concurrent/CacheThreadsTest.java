package dev.cistern.proxy.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CacheThreadsTest {

  @Test
  void transfersRunSoManyAtOnceAndTheOthersInTheirOrder() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    List<Integer> order = new CopyOnWriteArrayList<>();
    try (CacheThreads threads = new CacheThreads("test", 1)) {
      List<Future<?>> transfers = new ArrayList<>();
      transfers.add(
          threads
              .transfers()
              .submit(
                  () -> {
                    running.countDown();
                    return gate.await(30, TimeUnit.SECONDS);
                  }));
      assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < 5; i++) {
        int number = i;
        transfers.add(threads.transfers().submit(() -> order.add(number)));
      }
      assertThat(order).isEmpty();

      gate.countDown();
      for (Future<?> transfer : transfers) {
        transfer.get(30, TimeUnit.SECONDS);
      }
    }
    assertThat(order).containsExactly(0, 1, 2, 3, 4);
  }
}
