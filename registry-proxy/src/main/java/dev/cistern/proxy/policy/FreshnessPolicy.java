package dev.cistern.proxy.policy;

import java.time.Duration;
import java.time.Instant;

/**
 * For how long what the upstream said about a tag is as good as new, and how long to wait for it to
 * say it again.
 *
 * @param freshness for how long an answer stands without being asked for again; zero: not at all
 * @param staleAfter how long an answer is waited for when an older one is here
 */
public record FreshnessPolicy(Duration freshness, Duration staleAfter) {

  /** Asks each time, and waits for three seconds. */
  public static final FreshnessPolicy DEFAULT =
      new FreshnessPolicy(Duration.ZERO, Duration.ofSeconds(3));

  /** Accepts durations that are not negative. */
  public FreshnessPolicy {
    if (freshness.isNegative() || staleAfter.isNegative()) {
      throw new IllegalArgumentException("negative duration");
    }
  }

  /** Whether what was confirmed then stands now. */
  public boolean isFresh(Instant confirmed, Instant now) {
    return now.isBefore(confirmed.plus(freshness));
  }
}
