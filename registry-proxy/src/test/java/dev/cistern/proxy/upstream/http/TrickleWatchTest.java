package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TrickleWatchTest {

  private long now = -5;
  private final TrickleWatch watch = new TrickleWatch(Duration.ofSeconds(30), () -> now);

  /** Waits, gets bytes, and then does something else. */
  private boolean isTrickle(double waited, int bytes, double otherwise) {
    watch.begin();
    now += (long) (waited * 1e9);
    boolean trickle = watch.isTrickleAfter(bytes);
    now += (long) (otherwise * 1e9);
    return trickle;
  }

  @Test
  void aByteASecondIsATrickleOnceThirtySecondsWereSpentOnIt() {
    for (int second = 1; second < 30; second++) {
      assertThat(isTrickle(1, 1, 0)).as("second %s", second).isFalse();
    }
    assertThat(isTrickle(1, 1, 0)).isTrue();
  }

  @Test
  void aKibibyteASecondIsNone() {
    for (int second = 0; second < 300; second++) {
      assertThat(isTrickle(1, 1024, 0)).isFalse();
    }
  }

  @Test
  void aLittleLessThanAKibibyteASecondIsOne() {
    for (int second = 1; second < 30; second++) {
      assertThat(isTrickle(1, 1023, 0)).isFalse();
    }
    assertThat(isTrickle(1, 1023, 0)).isTrue();
  }

  @Test
  void timeThatIsNotSpentWaitingDoesNotCount() {
    for (int read = 0; read < 1000; read++) {
      assertThat(isTrickle(0.001, 1, 60)).isFalse();
    }
  }

  @Test
  void eachWindowIsJudgedByItself() {
    assertThat(isTrickle(1, 100_000_000, 0)).isFalse();
    assertThat(isTrickle(29, 0, 0)).isFalse();
    for (int second = 1; second < 30; second++) {
      assertThat(isTrickle(1, 1, 0)).isFalse();
    }
    assertThat(isTrickle(1, 1, 0)).isTrue();
  }

  @Test
  void aClockThatRunsBackwardsBlamesNobody() {
    assertThat(isTrickle(-100, 0, 0)).isFalse();
    assertThat(isTrickle(29, 1, 0)).isFalse();
    assertThat(isTrickle(1, 1, 0)).isTrue();
  }
}
