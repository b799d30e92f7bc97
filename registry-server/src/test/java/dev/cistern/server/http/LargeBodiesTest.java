package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Bodies in the heap that wait for their clients. */
class LargeBodiesTest {

  private static final int MIB = 1 << 20;

  private final AtomicLong now = new AtomicLong();
  private final List<String> closed = new ArrayList<>();
  private final LargeBodies bodies = new LargeBodies(3L * MIB, now::get);

  private Closeable client(String name) {
    return () -> closed.add(name);
  }

  private void wait(int seconds) {
    now.addAndGet(seconds * 1_000_000_000L);
  }

  @Test
  void clientsThatTakeTheLongestAreCutOffWhenBodiesTakeTooMuch() {
    for (int i = 0; i < 3; i++) {
      Runnable unused = bodies.hold(MIB, client("client " + i));
      wait(1);
    }
    assertThat(closed).isEmpty();

    Runnable unused = bodies.hold(2 * MIB, client("last"));

    assertThat(closed).containsExactly("client 0", "client 1");
  }

  @Test
  void clientsThatHaveJustBegunAreNotCutOff() {
    for (int i = 0; i < 10; i++) {
      Runnable unused = bodies.hold(MIB, client("client " + i));
    }
    assertThat(closed).isEmpty();
  }

  @Test
  void bodiesThatAreSentDoNotCount() {
    for (int i = 0; i < 10; i++) {
      bodies.hold(MIB, client("client " + i)).run();
      wait(10);
    }
    assertThat(closed).isEmpty();
  }

  @Test
  void aBodyThatWasCutOffIsNotCountedTwice() {
    Runnable first = bodies.hold(2 * MIB, client("first"));
    wait(5);
    Runnable second = bodies.hold(2 * MIB, client("second"));
    first.run();
    second.run();
    wait(5);
    Runnable unused = bodies.hold(3 * MIB, client("third"));

    assertThat(closed).containsExactly("first");
  }
}
