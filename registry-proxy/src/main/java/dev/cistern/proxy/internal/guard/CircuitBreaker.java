package dev.cistern.proxy.internal.guard;

import dev.cistern.proxy.upstream.UpstreamException.Evidence;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides from the results of calls whether to call a host. It opens when failures in a row show
 * that the host is failing, see {@link FailureRun}, and closes with the first success; while it is
 * open, probes are due at growing intervals. When only one thing fails again and again, it opens
 * for that thing alone. Does no I/O and reads no clock; thread-safe.
 *
 * <p>A success, an opening for everything and a trial each begin a new era. A failure counts only
 * in the era in which its call began: a call that began before the last success says nothing about
 * later ones.
 */
final class CircuitBreaker {

  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(5);

  /** What a failure changed. */
  enum Change {
    NONE,
    /** From now on calls for the thing that failed are refused. */
    OPENED_FOR_ONE,
    /** From now on all calls are refused. */
    OPENED
  }

  private final Duration firstInterval;
  private final FailureRun run = new FailureRun();

  private long era;
  private long opening;
  private boolean open;
  private @Nullable String only;
  private Duration interval;

  /**
   * Starts closed.
   *
   * @param firstInterval the time from opening to the first probe; doubled for each further probe,
   *     up to 5 s
   */
  CircuitBreaker(Duration firstInterval) {
    this.firstInterval = firstInterval;
    interval = firstInterval;
  }

  /** Whether calls for this thing are refused. */
  synchronized boolean isOpenFor(String thing) {
    return open || thing.equals(only);
  }

  /** The era of a call that begins now. */
  synchronized long era() {
    return era;
  }

  /** Identifies the last opening or closing. */
  synchronized long opening() {
    return opening;
  }

  /**
   * Records a success.
   *
   * @return whether this closed the breaker after all calls were refused
   */
  synchronized boolean succeeded() {
    boolean closed = open;
    era++;
    if (open || only != null) {
      opening++;
    }
    run.clear();
    open = false;
    only = null;
    interval = firstInterval;
    return closed;
  }

  /**
   * Records the failure of a call.
   *
   * @param began the era in which the call began
   * @param thing what was requested
   */
  synchronized Change failed(long began, Evidence evidence, String thing) {
    if (open || evidence == Evidence.NONE || began != era) {
      return Change.NONE;
    }
    run.add(evidence, thing);
    if (run.showsHost()) {
      era++;
      opening++;
      open = true;
      only = null;
      return Change.OPENED;
    }
    if (only == null && run.shows(thing)) {
      opening++;
      only = thing;
      return Change.OPENED_FOR_ONE;
    }
    return Change.NONE;
  }

  /**
   * Closes an open breaker on trial: the next failure opens it again, and probes continue at the
   * interval that they had reached.
   */
  synchronized void closeOnTrial() {
    if (open || only != null) {
      // The run stays, so that one more failure of the same is enough.
      era++;
      opening++;
      open = false;
      only = null;
    }
  }

  /**
   * How long to wait from now before the next probe, which the caller must make. Empty when the
   * breaker has been closed since, or closed and opened again.
   *
   * @param opened the value of {@link #opening} after the breaker opened
   */
  synchronized Optional<Duration> untilNextProbe(long opened) {
    if (opened != opening || (!open && only == null)) {
      return Optional.empty();
    }
    Duration wait = interval;
    Duration doubled = interval.multipliedBy(2);
    interval = doubled.compareTo(LONGEST_INTERVAL) < 0 ? doubled : LONGEST_INTERVAL;
    return Optional.of(wait);
  }
}
