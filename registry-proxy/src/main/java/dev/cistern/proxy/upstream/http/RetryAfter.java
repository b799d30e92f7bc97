package dev.cistern.proxy.upstream.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** The {@code Retry-After} header: seconds or a date (RFC 9110 §10.2.3). */
final class RetryAfter {

  private static final Duration MAX = Duration.ofDays(1);

  private RetryAfter() {}

  /** How long to wait from now, at most a day; empty when the header is invalid. */
  static Optional<Duration> parse(String header, Instant now) {
    String value = header.strip();
    if (value.matches("[0-9]+")) {
      return Optional.of(
          value.length() > 9 ? MAX : clamp(Duration.ofSeconds(Long.parseLong(value))));
    }
    try {
      Instant date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Optional.of(clamp(Duration.between(now, date)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Duration clamp(Duration wait) {
    if (wait.isNegative()) {
      return Duration.ZERO;
    }
    return wait.compareTo(MAX) > 0 ? MAX : wait;
  }
}
