package dev.cistern.proxy.internal.guard;

import dev.cistern.api.ErrorCode;
import dev.cistern.proxy.upstream.UpstreamException.Evidence;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Decides whether to send requests to one host that is not the registry. When it is failing,
 * requests fail at once, but for one every few seconds that tries it again. Thread-safe.
 */
public final class GuardedHost {

  private static final Duration FIRST_INTERVAL = Duration.ofSeconds(1);
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(5);

  private final InstantSource clock;
  private final Pauses<String> pauses;
  private final FailureRun run = new FailureRun();

  private String lastError = "";
  private Instant nextTry = Instant.MIN;
  private Duration interval = FIRST_INTERVAL;

  /**
   * No request is sent to the host.
   *
   * @param reason why, without naming what is requested
   */
  public record Refusal(ErrorCode code, String reason, Optional<Duration> retryAfter) {

    static Refusal failing(String lastError, Duration untilNextTry) {
      return new Refusal(
          ErrorCode.BAD_GATEWAY,
          "it is failing (last error: "
              + lastError
              + "); next attempt in "
              + seconds(untilNextTry)
              + " s",
          Optional.empty());
    }

    static Refusal paused(Duration left) {
      return new Refusal(
          ErrorCode.TOOMANYREQUESTS,
          "it answered 429 (too many requests); next attempt in " + seconds(left) + " s",
          Optional.of(left));
    }

    private static long seconds(Duration time) {
      return Math.max(1, time.plusMillis(999).toSeconds());
    }
  }

  /** A host without failures. */
  public GuardedHost(InstantSource clock) {
    this.clock = clock;
    pauses = new Pauses<>(clock);
  }

  /**
   * Lets a request through, or not.
   *
   * @param method a 429 to one method pauses only that one
   * @param thing what is requested
   * @return why the request must not be sent; empty when it may be
   */
  public Optional<Refusal> refusal(String method, String thing) {
    Optional<Duration> pause = pauses.left(method);
    if (pause.isPresent()) {
      return Optional.of(Refusal.paused(pause.get()));
    }
    synchronized (this) {
      if (!run.showsHost() && !run.shows(thing)) {
        return Optional.empty();
      }
      Instant now = clock.instant();
      if (now.isBefore(nextTry)) {
        return Optional.of(Refusal.failing(lastError, Duration.between(now, nextTry)));
      }
      nextTry = now.plus(interval);
      Duration doubled = interval.multipliedBy(2);
      interval = doubled.compareTo(LONGEST_INTERVAL) < 0 ? doubled : LONGEST_INTERVAL;
      return Optional.empty();
    }
  }

  /**
   * A request failed.
   *
   * @return whether this shows that the host is failing, and nothing did before
   */
  public synchronized boolean failed(Evidence evidence, String thing, String why) {
    boolean known = run.showsHost();
    boolean refused = known || run.shows(thing);
    run.add(evidence, thing);
    if (evidence != Evidence.NONE) {
      lastError = why;
    }
    if (!refused && (run.showsHost() || run.shows(thing))) {
      nextTry = clock.instant().plus(interval);
    }
    return !known && run.showsHost();
  }

  /** The host answered as it should. */
  public synchronized void succeeded() {
    run.clear();
    interval = FIRST_INTERVAL;
  }

  /** The host asked for fewer requests. */
  public void pause(String method, Optional<Duration> asked) {
    pauses.start(method, Pauses.bounded(asked));
  }
}
