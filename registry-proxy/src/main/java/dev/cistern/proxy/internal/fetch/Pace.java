package dev.cistern.proxy.internal.fetch;

/**
 * How many connections help to transfer one blob, by measurement: as long as twice as many bring
 * more bytes in a second, there are twice as many. For one thread at a time.
 *
 * <pre>
 *   connections   1 ........ 2 ......... 4
 *   measured        |------|   |------|     |------|
 * </pre>
 */
final class Pace {

  /**
   * From this rate on, the link or the disk is the limit: a link of 1 Gbit/s is full. A trial would
   * cost the bytes that are on the way when its end stops the first connection.
   */
  static final long FAST = 100_000_000;

  /** What is too short for more connections to be worth their beginning. */
  static final double SHORT_SECONDS = 0.6;

  /** A part of what so many connections would bring if each brought as much as one alone. */
  private static final double WORTH = 0.3;

  private static final long NANOS = 1_000_000_000;
  private static final long WARM_UP = 100_000_000;
  private static final long SETTLING = 50_000_000;
  private static final long MEASURED = 200_000_000;
  private static final long LONGEST_TRIAL = 3 * NANOS;

  private enum Step {
    MEASURING,
    OPENING,
    DONE
  }

  private final int most;
  private Step step;
  private int kept = 1;
  private int connections = 1;
  private double rate;
  private long since;
  private long bytesBefore;
  private boolean started;

  /**
   * @param most how many connections there may be
   */
  Pace(int most) {
    this.most = most;
    step = most > 1 ? Step.MEASURING : Step.DONE;
  }

  /** How many connections there should be now. */
  int connections() {
    return connections;
  }

  /** Whether the second connection has not shown yet that it helps. */
  boolean isFirstTrial() {
    return kept == 1 && connections > 1;
  }

  /** How many bytes one connection brings in a second; 0 when this has not been measured. */
  double ratePerConnection() {
    return rate / kept;
  }

  /**
   * Bytes were received.
   *
   * @param now as {@link System#nanoTime}
   * @param received all bytes of the transfer
   * @param receiving how many connections have received bytes at least once
   * @param missing how many bytes are neither here nor being received
   */
  void received(long now, long received, int receiving, long missing) {
    switch (step) {
      case MEASURING -> measure(now, received, missing);
      case OPENING -> {
        if (receiving >= connections) {
          startMeasuring(now + SETTLING, received);
        } else if (now - since > LONGEST_TRIAL) {
          giveUp();
        }
      }
      case DONE -> {}
    }
  }

  private void startMeasuring(long from, long received) {
    step = Step.MEASURING;
    since = from;
    bytesBefore = received;
  }

  private void measure(long now, long received, long missing) {
    if (!started) {
      started = true;
      startMeasuring(now + WARM_UP, received);
      return;
    }
    if (now - since < 0) {
      bytesBefore = received;
      return;
    }
    if (now - since < MEASURED) {
      return;
    }
    double measured = (received - bytesBefore) * (double) NANOS / (now - since);
    double expected = rate * connections / kept;
    if (connections > kept && measured < rate + WORTH * (expected - rate)) {
      giveUp();
      return;
    }
    rate = measured;
    kept = connections;
    if (kept == most || rate > FAST || rate <= 0 || missing / rate < SHORT_SECONDS) {
      step = Step.DONE;
    } else {
      step = Step.OPENING;
      since = now;
      connections = Math.min(most, 2 * kept);
    }
  }

  /** Goes back to the number that was better, for good. */
  private void giveUp() {
    connections = kept;
    step = Step.DONE;
  }

  /** One connection alone, for good: the upstream does not want more. */
  void one() {
    connections = 1;
    kept = 1;
    step = Step.DONE;
  }
}
