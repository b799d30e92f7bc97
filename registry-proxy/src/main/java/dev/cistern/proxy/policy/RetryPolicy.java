package dev.cistern.proxy.policy;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.time.Duration;
import java.util.Optional;

/**
 * When to resume a transfer that the upstream ended early. Pauses between retries grow; the number
 * of retries in a row that receive no byte is limited.
 *
 * @param tries the largest number of retries in a row that receive no byte
 * @param firstPause the pause before the first of them; doubled for each further one
 * @param longestPause the longest pause, and the longest {@code Retry-After} that is accepted
 */
public record RetryPolicy(int tries, Duration firstPause, Duration longestPause) {

  private static final int ABSENT_TRIES = 3;

  /** Survives the restart of an upstream: about half a minute without a byte. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(9, Duration.ofMillis(100), Duration.ofSeconds(8));

  /** Accepts counts and durations that are not negative. */
  public RetryPolicy {
    if (tries < 0 || firstPause.isNegative() || longestPause.isNegative()) {
      throw new IllegalArgumentException(
          "tries and pauses must not be negative: "
              + tries
              + ", "
              + firstPause
              + ", "
              + longestPause);
    }
  }

  /**
   * How long to pause before the next retry; empty to give up.
   *
   * @param cause the failure of the last try
   * @param failures how many tries in a row received no byte, including the last one
   * @param random from 0 to 1, selects the pause from the upper half of its range, so that
   *     transfers that failed together are not retried together
   */
  public Optional<Duration> pauseAfter(RegistryException cause, int failures, double random) {
    if (failures > triesAfter(cause.code())) {
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

  /**
   * How many tries in a row to make. Also after a refusal, because the signed URL of a transfer may
   * have expired, and a few after 404 or 400, because the upstream had the blob when the transfer
   * began.
   */
  private int triesAfter(ErrorCode code) {
    return switch (code) {
      case BAD_GATEWAY, GATEWAY_TIMEOUT, TOOMANYREQUESTS, DENIED -> tries;
      case BLOB_UNKNOWN, REQUEST_REFUSED -> Math.min(tries, ABSENT_TRIES);
      default -> 0;
    };
  }
}
