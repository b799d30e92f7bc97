package dev.cistern.server.config;

import java.time.Duration;

/**
 * The section {@code health.storagedriver}: how storage is checked.
 *
 * @param check whether it is
 * @param interval the time from one check to the next
 * @param threshold after how many failures in a row the server is not ready
 */
public record HealthConfig(Check check, Duration interval, int threshold) {

  /** Whether storage is checked. */
  public enum Check {
    ENABLED,
    DISABLED
  }

  public static final HealthConfig DEFAULT =
      new HealthConfig(Check.ENABLED, Duration.ofSeconds(10), 1);

  public HealthConfig {
    if (interval.isNegative() || interval.isZero() || threshold < 1) {
      throw new IllegalArgumentException("the interval and the threshold must be positive");
    }
  }

  /** Whether storage is checked. */
  public boolean isEnabled() {
    return check == Check.ENABLED;
  }
}
