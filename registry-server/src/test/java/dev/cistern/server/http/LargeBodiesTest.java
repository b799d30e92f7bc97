package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Bodies in the heap that wait for their clients. */
class LargeBodiesTest {

  private static final int MIB = 1 << 20;

  private final AtomicLong now = new AtomicLong();
  private final List<String> closed = new ArrayList<>();
  private final LargeBodies bodies = new LargeBodies(3L * MIB, Long.MAX_VALUE, now::get);

  private Closeable client(String name) {
    return () -> closed.add(name);
  }

  private void wait(int seconds) {
    now.addAndGet(seconds * 1_000_000_000L);
  }

  @Test
  void clientsThatTakeTheLongestAreCutOffWhenBodiesTakeTooMuch() {
    for (int i = 0; i < 3; i++) {
      LargeBodies.Body unused = bodies.hold(MIB, client("client " + i));
      wait(1);
    }
    assertThat(closed).isEmpty();

    LargeBodies.Body unused = bodies.hold(2 * MIB, client("last"));

    assertThat(closed).containsExactly("client 0", "client 1");
  }

  @Test
  void clientsThatHaveJustBegunAreNotCutOff() {
    for (int i = 0; i < 10; i++) {
      LargeBodies.Body unused = bodies.hold(MIB, client("client " + i));
    }
    assertThat(closed).isEmpty();
  }

  @Test
  void bodiesThatAreSentDoNotCount() {
    for (int i = 0; i < 10; i++) {
      bodies.hold(MIB, client("client " + i)).close();
      wait(10);
    }
    assertThat(closed).isEmpty();
  }

  @Test
  void aBodyThatWasCutOffIsNotCountedTwice() {
    LargeBodies.Body first = bodies.hold(2 * MIB, client("first"));
    wait(5);
    LargeBodies.Body second = bodies.hold(2 * MIB, client("second"));
    first.close();
    second.close();
    wait(5);
    LargeBodies.Body unused = bodies.hold(3 * MIB, client("third"));

    assertThat(closed).containsExactly("first");
  }

  @Test
  void rule11ThereIsALimitAtAnyRate() {
    LargeBodies small = new LargeBodies(3L * MIB, 5L * MIB, now::get);
    for (int i = 0; i < 5; i++) {
      LargeBodies.Body unused = small.hold(MIB, client("client " + i));
    }
    assertThat(closed).isEmpty();

    LargeBodies.Body unused = small.hold(2 * MIB, client("last"));

    assertThat(closed).containsExactly("client 0", "client 1");
  }

  @Test
  void aBodyLargerThanTheLimitIsSent() {
    LargeBodies small = new LargeBodies(MIB, 2L * MIB, now::get);

    LargeBodies.Body unused = small.hold(3 * MIB, client("client"));

    assertThat(closed).isEmpty();
    assertThat(new LargeBodies(MIB, MIB, now::get).admit(3 * MIB)).isNotNull();
  }

  @Test
  void aBodyIsNotMadeWhileOthersTakeTheRoom() {
    LargeBodies.Body first = admitted(2 * MIB);
    first.waitsFor(client("first"));
    LargeBodies.Body second = admitted(MIB);

    assertThat(bodies.admit(1)).isNull();
    assertThat(closed).isEmpty();

    second.close();
    second.close();
    assertThat(bodies.admit(MIB + 1)).isNull();
    admitted(MIB).close();
  }

  @Test
  void aBodyIsMadeWhenClientsThatHadTheirTimeAreCutOff() {
    admitted(2 * MIB).waitsFor(client("slow"));
    // It has no client yet.
    LargeBodies.Body unused = admitted(MIB / 2);
    wait(2);

    assertThat(bodies.admit(2 * MIB)).isNotNull();
    assertThat(closed).containsExactly("slow");
  }

  private LargeBodies.Body admitted(int size) {
    return Objects.requireNonNull(bodies.admit(size));
  }
}
