package dev.cistern.proxy.policy;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.time.Duration;
import java.util.Optional;

/**
 * When to go on with a transfer that the upstream broke off: with growing pauses, as long as bytes
 * come, and for a bounded number of tries when none do.
 *
 * @param tries how many times in a row without a new byte
 * @param firstPause before the first of them; doubled for each further one
 * @param longestPause what the doubling ends at, and the longest {@code Retry-After} that is waited
 *     for
 */
public record RetryPolicy(int tries, Duration firstPause, Duration longestPause) {

  /** Bridges an upstream's restart: about half a minute without a byte. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(9, Duration.ofMillis(100), Duration.ofSeconds(8));

  /** Accepts counts and durations that are not negative. */
  public RetryPolicy {
    if (tries < 0 || firstPause.isNegative() || longestPause.isNegative()) {
      throw new IllegalArgumentException("negative count or duration");
    }
  }

  /**
   * How long to pause before the next try; empty to give up.
   *
   * @param cause what ended the last try
   * @param failures how many tries in a row have brought nothing, the last one included
   * @param random from 0 to 1: where in the upper half of the pause this one falls, so that those
   *     who failed together do not come back together
   */
  public Optional<Duration> pauseAfter(RegistryException cause, int failures, double random) {
    if (failures > tries || !mayPass(cause.code())) {
      return Optional.empty();
    }
    long doubled = firstPause.toMillis() << Math.min(failures - 1, 20);
    long most = Math.min(doubled, longestPause.toMillis());
    Duration pause = Duration.ofMillis((long) (most * (0.5 + random / 2)));
    Duration asked = cause.retryAfter().orElse(Duration.ZERO);
    if (asked.compareTo(longestPause) > 0) {
      return Optional.empty();
    }
    return Optional.of(asked.compareTo(pause) > 0 ? asked : pause);
  }

  /** A refusal counts as well: the signed address that a transfer came from may have expired. */
  private static boolean mayPass(ErrorCode code) {
    return switch (code) {
      case BAD_GATEWAY, GATEWAY_TIMEOUT, TOOMANYREQUESTS, DENIED -> true;
      default -> false;
    };
  }
}
