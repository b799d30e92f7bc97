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
  void aBytePerSecondIsTooSlowAfterThirtySeconds() {
    for (int second = 1; second < 30; second++) {
      assertThat(isTrickle(1, 1, 0)).as("second %s", second).isFalse();
    }
    assertThat(isTrickle(1, 1, 0)).isTrue();
  }

  @Test
  void aKibibytePerSecondIsFastEnough() {
    for (int second = 0; second < 300; second++) {
      assertThat(isTrickle(1, 1024, 0)).isFalse();
    }
  }

  @Test
  void lessThanAKibibytePerSecondIsTooSlow() {
    for (int second = 1; second < 30; second++) {
      assertThat(isTrickle(1, 1023, 0)).isFalse();
    }
    assertThat(isTrickle(1, 1023, 0)).isTrue();
  }

  @Test
  void onlyTheTimeOfWaitingCounts() {
    for (int read = 0; read < 1000; read++) {
      assertThat(isTrickle(0.001, 1, 60)).isFalse();
    }
  }

  @Test
  void eachWindowIsCheckedSeparately() {
    assertThat(isTrickle(1, 100_000_000, 0)).isFalse();
    assertThat(isTrickle(29, 0, 0)).isFalse();
    for (int second = 1; second < 30; second++) {
      assertThat(isTrickle(1, 1, 0)).isFalse();
    }
    assertThat(isTrickle(1, 1, 0)).isTrue();
  }

  @Test
  void aClockThatRunsBackwardsIsNoFailure() {
    assertThat(isTrickle(-100, 0, 0)).isFalse();
    assertThat(isTrickle(29, 1, 0)).isFalse();
    assertThat(isTrickle(1, 1, 0)).isTrue();
  }
}
