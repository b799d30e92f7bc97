package dev.cistern.proxy.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class FairQueueTest {

  private final List<String> done = new ArrayList<>();
  private final Deque<Runnable> threads = new ArrayDeque<>();
  private final FairQueue queue = new FairQueue(threads::add, 1, 10);

  private final class Named implements WorkQueue.Work {

    private final String name;
    private final boolean wanted;

    Named(String name, boolean wanted) {
      this.name = name;
      this.wanted = wanted;
    }

    @Override
    public void run() {
      done.add(wanted ? name : name + " dropped");
    }

    @Override
    public boolean dropIfUnwanted() {
      return !wanted;
    }

    @Override
    public void reject(RejectedExecutionException cause) {
      done.add(name + " rejected");
    }
  }

  private void add(String client, int count) {
    for (int i = 1; i <= count; i++) {
      queue.execute(client, new Named(client + i, true));
    }
  }

  private void runAll() {
    while (!threads.isEmpty()) {
      threads.remove().run();
    }
  }

  @Test
  void clientsTakeTurns() {
    add("a", 5);
    add("b", 2);
    add("c", 1);

    runAll();

    assertThat(done).containsExactly("a1", "a2", "b1", "c1", "a3", "b2", "a4", "a5");
  }

  @Test
  void noMoreThanTheLimitRunsAtOnce() {
    FairQueue two = new FairQueue(threads::add, 2, 10);
    for (int i = 0; i < 5; i++) {
      two.execute("a", new Named("a" + i, true));
    }

    assertThat(threads).hasSize(2);
    assertThat(two.waiting()).isEqualTo(3);
    runAll();
    assertThat(done).hasSize(5);
    two.execute("a", new Named("again", true));
    assertThat(threads).hasSize(1);
  }

  @Test
  void unwantedWorkMakesRoomFirst() {
    add("a", 1);
    for (int i = 0; i < 10; i++) {
      queue.execute("a", new Named("gone" + i, false));
    }

    add("b", 1);

    assertThat(done).hasSize(10).allMatch(name -> name.endsWith("dropped"));
    assertThat(queue.waiting()).isEqualTo(1);
  }

  @Test
  void theClientWithTheMostWaitingMakesRoomForOthers() {
    add("a", 11);

    add("b", 1);
    assertThat(done).containsExactly("a11 rejected");
    assertThatExceptionOfType(RejectedExecutionException.class)
        .isThrownBy(() -> queue.execute("a", new Named("more", true)));
    runAll();
    assertThat(done).contains("b1").hasSize(12);
  }

  @Test
  void workThatFailsDoesNotStopTheOthers() {
    queue.execute(
        "a",
        new WorkQueue.Work() {
          @Override
          public void run() {
            throw new IllegalStateException("a bug");
          }

          @Override
          public boolean dropIfUnwanted() {
            return false;
          }

          @Override
          public void reject(RejectedExecutionException cause) {}
        });
    add("b", 1);

    runAll();

    assertThat(done).containsExactly("b1");
  }

  @Test
  void threadsThatHaveEndedRejectWork() {
    FairQueue ended =
        new FairQueue(
            task -> {
              throw new RejectedExecutionException("closed");
            },
            1,
            10);

    for (int i = 0; i < 3; i++) {
      assertThatExceptionOfType(RejectedExecutionException.class)
          .isThrownBy(() -> ended.execute("a", new Named("a", true)));
    }
    assertThat(ended.waiting()).isZero();
  }
}
