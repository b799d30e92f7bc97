package dev.cistern.proxy.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TransferQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BoundedPoolTest {

  /** A second when the machine has nothing else to do; a busy one gets by with fewer rounds. */
  private static final Duration ENOUGH = Duration.ofSeconds(10);

  private final Gate gate = new Gate();
  private final BoundedPool pool = new BoundedPool(2, 3, Duration.ofMinutes(5), Thread::new);

  @AfterEach
  void end() {
    gate.open();
    pool.shutdown();
  }

  private void occupyBoth() {
    CountDownLatch running = new CountDownLatch(2);
    for (int i = 0; i < 2; i++) {
      pool.execute(
          () -> {
            running.countDown();
            gate.pass();
          });
    }
    Await.latch(running);
  }

  @Test
  void anIdleThreadIsUsedBeforeAnotherIsStarted() {
    for (int i = 0; i < 10; i++) {
      Await.value(CompletableFuture.runAsync(() -> {}, pool));
      while (!((TransferQueue<?>) pool.getQueue()).hasWaitingConsumer()) {
        Thread.onSpinWait();
      }
    }

    assertThat(pool.getLargestPoolSize()).isEqualTo(1);
  }

  @Test
  void asManyRunAtOnceAsThereMayBeThreads() {
    occupyBoth();

    assertThat(pool.getPoolSize()).isEqualTo(2);
  }

  @Test
  void tasksWaitWhenAllThreadsAreBusy() {
    occupyBoth();
    List<Integer> ran = new CopyOnWriteArrayList<>();
    CompletableFuture<Void> last = new CompletableFuture<>();
    CountDownLatch free = new CountDownLatch(1);
    pool.execute(() -> Await.latch(free));
    pool.execute(() -> ran.add(1));
    pool.execute(
        () -> {
          ran.add(2);
          last.complete(null);
        });

    gate.open();
    Await.value(last);
    free.countDown();

    assertThat(ran).containsExactly(1, 2);
  }

  @Test
  void noTaskIsForgottenWhileTheOnlyThreadLeaves() {
    BoundedPool leaving = new BoundedPool(1, 1, Duration.ZERO, Thread::new);
    long enough = System.nanoTime() + ENOUGH.toNanos();

    for (int i = 0; i < 20_000 && System.nanoTime() < enough; i++) {
      Await.value(CompletableFuture.runAsync(() -> {}, leaving));
    }

    leaving.shutdown();
  }

  @Test
  void tasksAreRejectedWhenTheQueueIsFull() {
    occupyBoth();
    for (int i = 0; i < 3; i++) {
      pool.execute(() -> {});
    }

    assertThatExceptionOfType(RejectedExecutionException.class)
        .isThrownBy(() -> pool.execute(() -> {}))
        .withMessage("3 tasks are waiting already");
  }

  @Test
  void queuedTasksRunAfterShutdownAndNewOnesAreRejected() {
    occupyBoth();
    CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> {}, pool);

    pool.shutdown();
    assertThatExceptionOfType(RejectedExecutionException.class)
        .isThrownBy(() -> pool.execute(() -> {}))
        .withMessage("the cache is closed");
    gate.open();

    Await.value(waiting);
  }
}
