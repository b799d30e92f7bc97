package dev.cistern.proxy.policy;

import java.time.Duration;
import java.time.Instant;

/**
 * How long the upstream's answer for a tag is fresh, and how long to wait for a new one.
 *
 * @param freshness how long an answer is used without asking the upstream again; zero: always ask
 * @param staleAfter how long to wait for the upstream when a stale answer is cached
 */
public record FreshnessPolicy(Duration freshness, Duration staleAfter) {

  /** Always asks the upstream, and waits for three seconds. */
  public static final FreshnessPolicy DEFAULT =
      new FreshnessPolicy(Duration.ZERO, Duration.ofSeconds(3));

  /** Accepts durations that are not negative. */
  public FreshnessPolicy {
    if (freshness.isNegative() || staleAfter.isNegative()) {
      throw new IllegalArgumentException(
          "freshness and staleAfter must not be negative: " + freshness + ", " + staleAfter);
    }
  }

  /** Whether an answer that the upstream confirmed at one time is still fresh. */
  public boolean isFresh(Instant confirmed, Instant now) {
    return now.isBefore(confirmed.plus(freshness));
  }
}
