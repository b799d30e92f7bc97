package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.internal.guard.FailureRun;
import dev.cistern.proxy.internal.guard.Pauses;
import dev.cistern.proxy.upstream.UpstreamException.Evidence;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Decides whether to send requests to one host that is not the registry. When it is failing,
 * requests fail at once, but for one every few seconds that tries it again. Thread-safe.
 */
final class GuardedHost {

  private static final Duration FIRST_INTERVAL = Duration.ofSeconds(1);
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(5);

  private final InstantSource clock;
  private final Pauses<String> pauses;
  private final FailureRun run = new FailureRun();

  private String lastError = "";
  private Instant nextTry = Instant.MIN;
  private Duration interval = FIRST_INTERVAL;

  GuardedHost(InstantSource clock) {
    this.clock = clock;
    pauses = new Pauses<>(clock);
  }

  /**
   * Lets a request through, or not.
   *
   * @param method a 429 to one method pauses only that one
   * @param thing what is requested
   * @throws NotAskedException when the request must not be sent
   */
  void admit(String method, String thing) throws NotAskedException {
    Optional<Duration> pause = pauses.left(method);
    if (pause.isPresent()) {
      throw NotAskedException.paused(pause.get());
    }
    synchronized (this) {
      if (!run.showsHost() && !run.shows(thing)) {
        return;
      }
      Instant now = clock.instant();
      if (now.isBefore(nextTry)) {
        throw NotAskedException.failing(lastError, Duration.between(now, nextTry));
      }
      nextTry = now.plus(interval);
      Duration doubled = interval.multipliedBy(2);
      interval = doubled.compareTo(LONGEST_INTERVAL) < 0 ? doubled : LONGEST_INTERVAL;
    }
  }

  /**
   * A request failed.
   *
   * @return whether this shows that the host is failing, and nothing did before
   */
  synchronized boolean failed(Evidence evidence, String thing, String why) {
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
  synchronized void succeeded() {
    run.clear();
    interval = FIRST_INTERVAL;
  }

  /** The host asked for fewer requests. */
  void pause(String method, Optional<Duration> asked) {
    pauses.start(method, Pauses.bounded(asked));
  }
}
