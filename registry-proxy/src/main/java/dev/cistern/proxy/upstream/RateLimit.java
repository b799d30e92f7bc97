package dev.cistern.proxy.upstream;

import java.time.Duration;
import java.util.Optional;

/**
 * What an upstream says of its limit on pulls, as Docker Hub does with {@code ratelimit-limit:
 * 100;w=21600} and {@code ratelimit-remaining}.
 *
 * @param limit how many pulls there are in a window, at least 1
 * @param remaining how many of them are left
 * @param window how long a window is; empty when the upstream does not say
 */
public record RateLimit(long limit, long remaining, Optional<Duration> window) {

  private static final int MAX_LENGTH = 100;
  private static final int MAX_DIGITS = 12;

  public RateLimit {
    if (limit < 1 || remaining < 0) {
      throw new IllegalArgumentException("no limit: " + remaining + " of " + limit);
    }
  }

  /** Reads the two headers; empty when one of them says nothing that is understood. */
  static Optional<RateLimit> parse(String limitHeader, String remainingHeader) {
    long limit = quantity(limitHeader);
    long remaining = quantity(remainingHeader);
    if (limit < 1 || remaining < 0) {
      return Optional.empty();
    }
    return Optional.of(
        new RateLimit(limit, remaining, window(limitHeader).or(() -> window(remainingHeader))));
  }

  /** The number before the parameters; -1 when it is none. */
  private static long quantity(String header) {
    if (header.length() > MAX_LENGTH) {
      return -1;
    }
    int end = header.indexOf(';');
    return number(end < 0 ? header : header.substring(0, end));
  }

  private static Optional<Duration> window(String header) {
    for (String parameter : header.split(";", -1)) {
      String text = parameter.strip();
      if (text.startsWith("w=")) {
        long seconds = number(text.substring(2));
        return seconds > 0 ? Optional.of(Duration.ofSeconds(seconds)) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static long number(String text) {
    String digits = text.strip();
    boolean plain =
        !digits.isEmpty()
            && digits.length() <= MAX_DIGITS
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    return plain ? Long.parseLong(digits) : -1;
  }

  /** Whether less than a tenth is left. */
  boolean isLow() {
    return remaining < limit / 10.0;
  }

  /** The quarter of the limit that is being used up: 4 at the start, 1 near the end, 0 at it. */
  int quarter() {
    return remaining >= limit ? 4 : (int) Math.ceil(4.0 * remaining / limit);
  }

  @Override
  public String toString() {
    String pulls = remaining + " of " + limit + " pulls left";
    return window.map(w -> pulls + " (window of " + w.toSeconds() + " s)").orElse(pulls);
  }
}
