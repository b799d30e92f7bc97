package dev.cistern.proxy.internal.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.internal.guard.CircuitBreaker.Change;
import dev.cistern.proxy.upstream.UpstreamException.Evidence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CircuitBreakerTest {

  private static final String ONE = "one";
  private static final String OTHER = "other";

  private final CircuitBreaker breaker = new CircuitBreaker(Duration.ofSeconds(1));

  private boolean fail() {
    return fail(Evidence.NO_CONNECTION, ONE) == Change.OPENED;
  }

  private Change fail(Evidence evidence, String thing) {
    return breaker.failed(breaker.era(), evidence, thing);
  }

  private void open() {
    fail();
    fail();
    assertThat(fail()).isTrue();
  }

  private Duration nextProbe() {
    return breaker.untilNextProbe(breaker.opening()).orElseThrow();
  }

  @Test
  void failuresInARowOpenIt() {
    assertThat(fail()).isFalse();
    assertThat(fail()).isFalse();
    assertThat(breaker.isOpenFor(OTHER)).isFalse();

    assertThat(fail()).isTrue();

    assertThat(breaker.isOpenFor(OTHER)).isTrue();
  }

  @Test
  void aSuccessResetsTheCount() {
    fail();
    fail();

    assertThat(breaker.succeeded()).isFalse();

    assertThat(fail()).isFalse();
    assertThat(fail()).isFalse();
    assertThat(breaker.isOpenFor(OTHER)).isFalse();
  }

  @Test
  void successClosesIt() {
    open();

    assertThat(breaker.succeeded()).isTrue();

    assertThat(breaker.isOpenFor(OTHER)).isFalse();
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
      assertThat(breaker.failed(before, Evidence.NO_CONNECTION, ONE)).isEqualTo(Change.NONE);
    }

    assertThat(breaker.isOpenFor(OTHER)).isFalse();
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
    long opened = breaker.opening();
    breaker.succeeded();

    assertThat(breaker.untilNextProbe(opened)).isEmpty();
  }

  @Test
  void probesOfAnEarlierOpeningEndWithIt() {
    open();
    long opened = breaker.opening();
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

    assertThat(breaker.isOpenFor(OTHER)).isFalse();
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

  @ParameterizedTest
  @EnumSource(
      value = Evidence.class,
      names = {"NO_ANSWER", "SERVER_ERROR"})
  void oneThingThatFailsAlwaysOpensItForThatThingAlone(Evidence evidence) {
    assertThat(fail(evidence, ONE)).isEqualTo(Change.NONE);
    assertThat(fail(evidence, ONE)).isEqualTo(Change.NONE);
    assertThat(fail(evidence, ONE)).isEqualTo(Change.OPENED_FOR_ONE);
    for (int i = 0; i < 100; i++) {
      assertThat(fail(evidence, ONE)).isEqualTo(Change.NONE);
    }

    assertThat(breaker.isOpenFor(ONE)).isTrue();
    assertThat(breaker.isOpenFor(OTHER)).isFalse();
  }

  @Test
  void noAnswerToThreeDifferentThingsOpensIt() {
    assertThat(fail(Evidence.NO_ANSWER, "a")).isEqualTo(Change.NONE);
    assertThat(fail(Evidence.NO_ANSWER, "b")).isEqualTo(Change.NONE);
    assertThat(fail(Evidence.NO_ANSWER, "a")).isEqualTo(Change.NONE);
    assertThat(fail(Evidence.NO_ANSWER, "c")).isEqualTo(Change.OPENED);
  }

  @Test
  void serverErrorsOfManyDifferentThingsDoNotOpenIt() {
    for (int i = 0; i < 5_000; i++) {
      assertThat(fail(Evidence.SERVER_ERROR, "thing " + i)).isEqualTo(Change.NONE);
    }
  }

  @Test
  void whatWasOpenForOneThingOpensForAllWhenOthersFailToo() {
    for (int i = 0; i < 3; i++) {
      fail(Evidence.NO_ANSWER, ONE);
    }
    long opened = breaker.opening();
    fail(Evidence.NO_ANSWER, "a");

    assertThat(fail(Evidence.NO_ANSWER, "b")).isEqualTo(Change.OPENED);

    assertThat(breaker.isOpenFor(OTHER)).isTrue();
    assertThat(breaker.untilNextProbe(opened)).isEmpty();
    assertThat(nextProbe()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aSuccessForAnythingClosesItForOneThing() {
    for (int i = 0; i < 3; i++) {
      fail(Evidence.NO_ANSWER, ONE);
    }

    assertThat(breaker.succeeded()).as("all calls were refused").isFalse();

    assertThat(breaker.isOpenFor(ONE)).isFalse();
  }
}
