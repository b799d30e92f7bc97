package dev.cistern.proxy.upstream.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import okhttp3.Response;

/**
 * The {@code Retry-After} header: seconds or a date (RFC 9110 §10.2.3). Some registries send a Unix
 * time, in seconds or milliseconds: a number that large is no sensible time to wait.
 */
final class RetryAfter {

  private static final Duration MAX = Duration.ofDays(1);

  /** How many digits a Unix time has, from 2001 to 2286. */
  private static final int UNIX_SECONDS = 10;

  private static final int UNIX_MILLIS = 13;

  private static final int MAX_READABLE = 9;

  private RetryAfter() {}

  /** What an answer asks for; empty when it does not, or the header is invalid. */
  static Optional<Duration> of(Exchange answer, Instant now) {
    return answer.header("Retry-After").flatMap(value -> parse(value, now));
  }

  /**
   * The same answer with a header that OkHttp can read: it fails at numbers that are too large for
   * an {@code int}.
   */
  static Response readable(Response answer, Instant now) {
    String header = answer.header("Retry-After");
    return header == null || header.length() <= MAX_READABLE
        ? answer
        : answer
            .newBuilder()
            .header(
                "Retry-After",
                parse(header, now).map(wait -> "" + Math.max(1, wait.toSeconds())).orElse("none"))
            .build();
  }

  /** How long to wait from now, at most a day; empty when the header is invalid. */
  static Optional<Duration> parse(String header, Instant now) {
    String value = header.strip();
    if (value.matches("[0-9]+")) {
      return Optional.of(clamp(number(value, now)));
    }
    try {
      Instant date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Optional.of(clamp(Duration.between(now, date)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Duration number(String digits, Instant now) {
    return switch (digits.length()) {
      case UNIX_SECONDS -> Duration.between(now, Instant.ofEpochSecond(Long.parseLong(digits)));
      case UNIX_MILLIS -> Duration.between(now, Instant.ofEpochMilli(Long.parseLong(digits)));
      default -> digits.length() < UNIX_SECONDS ? Duration.ofSeconds(Long.parseLong(digits)) : MAX;
    };
  }

  private static Duration clamp(Duration wait) {
    if (wait.isNegative()) {
      return Duration.ZERO;
    }
    return wait.compareTo(MAX) > 0 ? MAX : wait;
  }
}
