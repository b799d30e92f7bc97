package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The pace over a simulated link. */
class PaceTest {

  private static final long MS = 1_000_000;
  private static final long LARGE = 1L << 40;

  private long now = 5;
  private long received;

  /**
   * Runs the link for a while.
   *
   * @param each what one connection brings in a second
   * @param all what all together bring at most
   */
  private void run(Pace pace, long millis, long each, long all, long missing) {
    for (long ms = 0; ms < millis; ms += 5) {
      now += 5 * MS;
      received += Math.min(all, pace.connections() * each) / 200;
      pace.received(now, received, pace.connections(), missing);
    }
  }

  @Test
  void connectionsAreDoubledAsLongAsThatHelps() {
    Pace pace = new Pace(4);

    run(pace, 400, 20_000_000, LARGE, LARGE);
    assertThat(pace.connections()).isEqualTo(2);
    assertThat(pace.isFirstTrial()).isTrue();

    run(pace, 2_000, 20_000_000, LARGE, LARGE);
    assertThat(pace.connections()).isEqualTo(4);
    assertThat(pace.isFirstTrial()).isFalse();
    assertThat(pace.ratePerConnection()).isBetween(19e6, 21e6);
  }

  @Test
  void onALinkThatIsFullOneConnectionIsEnough() {
    Pace pace = new Pace(4);

    run(pace, 400, LARGE, 50_000_000, LARGE);
    assertThat(pace.connections()).isEqualTo(2);

    run(pace, 2_000, LARGE, 50_000_000, LARGE);
    assertThat(pace.connections()).isOne();
    assertThat(pace.isFirstTrial()).isFalse();
  }

  @Test
  void whatHelpsNoMoreIsTakenBack() {
    Pace pace = new Pace(8);

    run(pace, 5_000, 20_000_000, 40_000_000, LARGE);

    assertThat(pace.connections()).isEqualTo(2);
  }

  @Test
  void neitherAFastNorAShortTransferIsDisturbed() {
    Pace fast = new Pace(4);
    run(fast, 2_000, 2 * Pace.FAST, LARGE, LARGE);
    assertThat(fast.connections()).isOne();

    Pace small = new Pace(4);
    run(small, 2_000, 20_000_000, LARGE, 10_000_000);
    assertThat(small.connections()).isOne();
  }

  @Test
  void aConnectionThatIsNeverOpenedIsGivenUp() {
    Pace pace = new Pace(4);
    run(pace, 400, 20_000_000, LARGE, LARGE);

    for (int i = 0; i < 1_000; i++) {
      now += 5 * MS;
      received += 100_000;
      pace.received(now, received, 1, LARGE);
    }

    assertThat(pace.connections()).isOne();
  }

  @Test
  void afterARefusalThereIsOne() {
    Pace pace = new Pace(4);
    run(pace, 2_000, 20_000_000, LARGE, LARGE);

    pace.one();
    run(pace, 2_000, 20_000_000, LARGE, LARGE);

    assertThat(pace.connections()).isOne();
    assertThat(new Pace(1).connections()).isOne();
  }
}
