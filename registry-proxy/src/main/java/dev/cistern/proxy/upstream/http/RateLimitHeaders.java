package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.upstream.RateLimit;
import java.time.Duration;
import java.util.Optional;

/** Parses {@code ratelimit-limit} and {@code ratelimit-remaining} as Docker Hub sends them. */
final class RateLimitHeaders {

  private static final int MAX_LENGTH = 100;
  private static final int MAX_DIGITS = 12;

  private RateLimitHeaders() {}

  /** Parses the two headers; empty when one of them is invalid. */
  static Optional<RateLimit> parse(String limitHeader, String remainingHeader) {
    long limit = quantity(limitHeader);
    long remaining = quantity(remainingHeader);
    if (limit < 1 || remaining < 0) {
      return Optional.empty();
    }
    return Optional.of(
        new RateLimit(limit, remaining, window(limitHeader).or(() -> window(remainingHeader))));
  }

  /** The number before the parameters; -1 when there is none. */
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
}
