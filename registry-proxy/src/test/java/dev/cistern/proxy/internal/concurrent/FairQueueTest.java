package dev.cistern.proxy.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
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

  private final class NamedSpare implements WorkQueue.Spare {

    @Override
    public void run() {
      done.add("spare");
    }

    @Override
    public void endSoon() {
      done.add("spare ends soon");
    }
  }

  @Test
  void spareWorkRunsOnAFreeThreadAndCountsForTheLimit() {
    assertThat(queue.startSpare(new NamedSpare())).isTrue();
    assertThat(queue.startSpare(new NamedSpare())).isFalse();
    assertThat(threads).hasSize(1);

    runAll();

    assertThat(done).containsExactly("spare");
    assertThat(queue.startSpare(new NamedSpare())).isTrue();
  }

  @Test
  void spareWorkIsAskedToEndOnceWhenOtherWorkWaits() {
    queue.startSpare(new NamedSpare());

    add("a", 2);

    assertThat(done).containsExactly("spare ends soon");
    assertThat(queue.startSpare(new NamedSpare())).isFalse();
    runAll();
    assertThat(done).containsExactly("spare ends soon", "spare", "a1", "a2");
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
  void sharedWorkIsDoneInTheFirstTurnOfAnyOfItsClients() {
    add("a", 6);
    WorkQueue.Ticket shared = queue.execute("a", new Named("shared", true));

    shared.join("b");
    add("b", 2);

    runAll();
    assertThat(done).containsExactly("a1", "a2", "shared", "a3", "b1", "a4", "b2", "a5", "a6");
    assertThat(queue.waiting()).isZero();
  }

  @Test
  void aClientHasOnePlaceForTheSameWork() {
    add("a", 1);
    WorkQueue.Ticket shared = queue.execute("a", new Named("shared", true));

    shared.join("a");
    shared.join("b");
    shared.join("b");

    assertThat(queue.waiting()).isEqualTo(2);
  }

  @Test
  void sharedWorkStaysWhileItHasAPlace() {
    add("a", 9);
    WorkQueue.Ticket shared = queue.execute("a", new Named("shared", true));
    shared.join("b");

    add("c", 2);
    assertThat(done).as("it still has the place of b").containsExactly("a9 rejected");
    add("d", 4);

    assertThat(done).doesNotContain("shared rejected");
    runAll();
    assertThat(done).containsOnlyOnce("shared");
  }

  @Test
  void workWithOnePlaceInAFullQueueIsRejectedWithIt() {
    add("a", 10);
    WorkQueue.Ticket shared = queue.execute("a", new Named("shared", true));

    add("b", 1);
    shared.join("c");

    assertThat(done).containsExactly("shared rejected");
    assertThat(queue.waiting()).isEqualTo(10);
  }

  @Test
  void aPlaceForSharedWorkCostsTheLongestLineOne() {
    add("a", 10);
    WorkQueue.Ticket shared = queue.execute("b", new Named("shared", true));
    assertThat(queue.waiting()).isEqualTo(10);

    shared.join("c");

    assertThat(done).containsExactly("a10 rejected");
    assertThat(queue.waiting()).isEqualTo(10);
  }

  @Test
  void workThatHasBegunGetsNoMorePlaces() {
    WorkQueue.Ticket begun = queue.execute("a", new Named("begun", true));
    begun.join("b");
    assertThat(queue.waiting()).isZero();
    WorkQueue.Ticket later = queue.execute("a", new Named("later", true));
    runAll();

    later.join("b");

    assertThat(queue.waiting()).isZero();
  }

  @Test
  void unwantedWorkLeavesAllItsPlaces() {
    add("a", 1);
    for (int i = 0; i < 5; i++) {
      queue.execute("a", new Named("gone" + i, false)).join("b");
    }
    assertThat(queue.waiting()).isEqualTo(10);

    add("b", 1);

    assertThat(done).hasSize(5).allMatch(name -> name.endsWith("dropped"));
    assertThat(queue.waiting()).isEqualTo(1);
  }

  @Test
  void unwantedWorkIsNotKeptUntilTheQueueIsFull() {
    FairQueue large = new FairQueue(threads::add, 1, 10_000);
    large.execute("a", new Named("begun", true));
    for (int i = 0; i < 100; i++) {
      large.execute("a", new Named("wanted" + i, true));
    }
    int most = 0;
    for (int i = 0; i < 8_000; i++) {
      large.execute("b", new Named("gone" + i, false));
      most = Math.max(most, large.waiting());
    }

    assertThat(most).as("at most").isLessThanOrEqualTo(256);
    assertThat(done).hasSizeGreaterThan(7_700).allMatch(name -> name.endsWith("dropped"));
    done.clear();
    runAll();
    assertThat(done).filteredOn(name -> name.startsWith("wanted")).hasSize(100);
    assertThat(large.waiting()).isZero();
  }

  @Test
  void aQueueThatWasLongKeepsLittleUnwantedWorkLater() {
    FairQueue large = new FairQueue(threads::add, 1, 10_000);
    for (int i = 0; i < 5_000; i++) {
      large.execute("a", new Named("a" + i, true));
    }
    runAll();
    large.execute("a", new Named("begun", true));

    for (int i = 0; i < 1_000; i++) {
      large.execute("b", new Named("gone" + i, false));
    }

    assertThat(large.waiting()).isLessThanOrEqualTo(64);
  }

  @Test
  void aQueueThatGrowsDoesNotAskAboutAllItsWorkForEachRequest() {
    FairQueue large = new FairQueue(threads::add, 1, 10_000);
    AtomicInteger asked = new AtomicInteger();
    for (int i = 0; i < 10_000; i++) {
      large.execute("a", counting(asked));
    }

    assertThat(asked).hasValueLessThan(20_000);
  }

  @Test
  void aFullQueueDoesNotAskAboutAllItsWorkForEachRequest() {
    FairQueue large = new FairQueue(threads::add, 1, 10_000);
    AtomicInteger asked = new AtomicInteger();
    for (int i = 0; i <= 10_000; i++) {
      large.execute("a", counting(asked));
    }

    for (int i = 0; i < 1_000; i++) {
      large.execute("client " + i, counting(asked));
    }

    assertThat(asked).hasValueLessThan(100_000);
  }

  private static WorkQueue.Work counting(AtomicInteger asked) {
    return new WorkQueue.Work() {
      @Override
      public void run() {}

      @Override
      public boolean dropIfUnwanted() {
        asked.incrementAndGet();
        return false;
      }

      @Override
      public void reject(RejectedExecutionException cause) {}
    };
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
