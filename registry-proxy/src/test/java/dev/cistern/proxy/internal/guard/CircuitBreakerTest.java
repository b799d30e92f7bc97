package dev.cistern.proxy.internal.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {

  private final CircuitBreaker breaker = new CircuitBreaker(3, Duration.ofSeconds(1));

  private boolean fail() {
    return breaker.failed(breaker.era());
  }

  private void open() {
    fail();
    fail();
    assertThat(fail()).isTrue();
  }

  private Duration nextProbe() {
    return breaker.untilNextProbe(breaker.era()).orElseThrow();
  }

  @Test
  void failuresInARowOpenIt() {
    assertThat(fail()).isFalse();
    assertThat(fail()).isFalse();
    assertThat(breaker.isOpen()).isFalse();

    assertThat(fail()).isTrue();

    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void aSuccessResetsTheCount() {
    fail();
    fail();

    assertThat(breaker.succeeded()).isFalse();

    assertThat(fail()).isFalse();
    assertThat(fail()).isFalse();
    assertThat(breaker.isOpen()).isFalse();
  }

  @Test
  void successClosesIt() {
    open();

    assertThat(breaker.succeeded()).isTrue();

    assertThat(breaker.isOpen()).isFalse();
    assertThat(fail()).isFalse();
  }

  @Test
  void openingIsReportedOnce() {
    open();

    assertThat(fail()).isFalse();
    assertThat(fail()).isFalse();
  }

  @Test
  void failuresOfCallsThatBeganBeforeTheLastSuccessDoNotCount() {
    long before = breaker.era();
    breaker.succeeded();

    for (int i = 0; i < 10; i++) {
      assertThat(breaker.failed(before)).isFalse();
    }

    assertThat(breaker.isOpen()).isFalse();
  }

  @Test
  void probesAreDueAtIntervalsThatGrowToFiveSeconds() {
    open();

    List<Long> seconds = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      seconds.add(nextProbe().toSeconds());
    }

    assertThat(seconds).containsExactly(1L, 2L, 4L, 5L, 5L, 5L);
  }

  @Test
  void noProbesAreDueOnceItIsClosed() {
    open();
    long opened = breaker.era();
    breaker.succeeded();

    assertThat(breaker.untilNextProbe(opened)).isEmpty();
  }

  @Test
  void probesOfAnEarlierOpeningEndWithIt() {
    open();
    long opened = breaker.era();
    breaker.succeeded();
    open();

    assertThat(breaker.untilNextProbe(opened)).isEmpty();
    assertThat(nextProbe()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void onTrialTheFirstFailureOpensItAgainAndTheIntervalsGoOn() {
    open();
    nextProbe();
    nextProbe();

    breaker.closeOnTrial();

    assertThat(breaker.isOpen()).isFalse();
    assertThat(fail()).isTrue();
    assertThat(nextProbe()).isEqualTo(Duration.ofSeconds(4));
  }

  @Test
  void onTrialTheFirstSuccessEndsTheTrial() {
    open();
    nextProbe();
    breaker.closeOnTrial();
    breaker.succeeded();

    open();

    assertThat(nextProbe()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aTrialOfAClosedBreakerChangesNothing() {
    breaker.closeOnTrial();

    assertThat(fail()).isFalse();
  }
}
