package dev.cistern.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.event.PeerOutcome;
import dev.cistern.server.http.CacheResult;
import dev.cistern.server.http.Outcome.Kind;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TrafficHistoryTest {

  private final TickingClock clock = new TickingClock();
  private final TrafficTotals totals = new TrafficTotals();
  private final TrafficHistory history = new TrafficHistory(clock, totals::sum);

  private void minutes(int count) {
    for (int i = 0; i < count; i++) {
      clock.advance(Duration.ofMinutes(1));
      history.tick();
    }
  }

  @Test
  void answersAreCountedByHowTheyCameAbout() {
    totals.answered(Kind.BLOB, CacheResult.HIT, 100);
    totals.answered(Kind.MANIFEST, CacheResult.CONFIRMED, 10);
    totals.answered(Kind.MANIFEST, CacheResult.STALE, 1);
    totals.answered(Kind.BLOB, CacheResult.COLLAPSED, 1_000);
    totals.answered(Kind.BLOB, CacheResult.MISS, 10_000);
    totals.answered(Kind.MANIFEST, CacheResult.FAILED, 5);
    totals.answered(Kind.TAGS, CacheResult.HIT, 7);
    totals.answered(Kind.OTHER, CacheResult.GENERATED, 2);
    totals.peerAsked("10.0.0.2:5000", PeerOutcome.ANSWERED, 10_025);

    Traffic sum = history.last(TrafficHistory.HOUR);

    assertThat(sum).isEqualTo(new Traffic(3, 2, 1, 1, 11_125, 10_025));
    assertThat(sum.savedBytes()).isEqualTo(1_100);
    assertThat(sum.hitPercent()).isEqualTo(60.0);
    assertThat(Traffic.NONE.hitPercent()).isNegative();
  }

  @Test
  void hourForgetsWhatTheDayStillKnows() {
    totals.answered(Kind.BLOB, CacheResult.HIT, 100);
    minutes(59);
    assertThat(history.last(TrafficHistory.HOUR).hits()).isEqualTo(1);
    minutes(1);
    assertThat(history.last(TrafficHistory.HOUR).hits()).isZero();
    assertThat(history.last(TrafficHistory.DAY).hits()).isEqualTo(1);
    minutes(24 * 60 - 61);
    assertThat(history.last(TrafficHistory.DAY).hits()).isEqualTo(1);
    minutes(1);
    assertThat(history.last(TrafficHistory.DAY).hits()).isZero();
  }

  @Test
  void eachMinuteHasItsOwnSum() {
    totals.answered(Kind.BLOB, CacheResult.HIT, 1);
    minutes(1);
    totals.answered(Kind.BLOB, CacheResult.HIT, 10);
    totals.answered(Kind.BLOB, CacheResult.HIT, 10);
    minutes(2);
    totals.answered(Kind.BLOB, CacheResult.HIT, 100);

    assertThat(history.byMinute(5))
        .extracting(Traffic::sentBytes)
        .containsExactly(0L, 1L, 20L, 0L, 100L);
  }

  @Test
  void timeWithoutATickIsQuiet() {
    totals.answered(Kind.BLOB, CacheResult.HIT, 1);
    clock.advance(Duration.ofDays(3));

    assertThat(history.last(TrafficHistory.DAY).hits()).isZero();
    totals.answered(Kind.BLOB, CacheResult.HIT, 1);
    assertThat(history.last(TrafficHistory.HOUR).hits()).isEqualTo(1);
  }

  @Test
  void clockThatIsSetBackLosesNothing() {
    minutes(5);
    clock.advance(Duration.ofMinutes(-3));
    totals.answered(Kind.BLOB, CacheResult.HIT, 1);
    history.tick();

    assertThat(history.last(TrafficHistory.HOUR).hits()).isEqualTo(1);
  }
}
