package dev.cistern.proxy.internal.guard;

import dev.cistern.proxy.internal.concurrent.Throttle;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs failures of one upstream: the first of each kind at once, and the number of those that
 * follow within a minute. That content does not exist is an answer, not a failure. Thread-safe.
 */
final class UpstreamFailureLog {

  private static final Logger log = LoggerFactory.getLogger(UpstreamFailureLog.class);
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  private final String upstream;
  private final InstantSource clock;
  private final Map<Kind, Throttle> throttles = new EnumMap<>(Kind.class);

  UpstreamFailureLog(String upstream, InstantSource clock) {
    this.upstream = upstream;
    this.clock = clock;
    for (Kind kind : Kind.values()) {
      throttles.put(kind, new Throttle(INTERVAL));
    }
  }

  void report(UpstreamException failure) {
    switch (failure.kind()) {
      case ABSENT, ABSENT_BEFORE, NOT_ASKED, CANCELLED -> log.debug("{}", failure.getMessage());
      default -> warn(failure);
    }
  }

  private void warn(UpstreamException failure) {
    long suppressed = Objects.requireNonNull(throttles.get(failure.kind())).admit(clock.instant());
    if (suppressed < 0) {
      log.debug("{}", failure.getMessage());
    } else if (suppressed == 0) {
      log.warn("{}", failure.getMessage());
    } else {
      log.warn(
          "{} (and {} more failures of this kind of upstream {} since the last report)",
          failure.getMessage(),
          suppressed,
          upstream);
    }
  }
}
