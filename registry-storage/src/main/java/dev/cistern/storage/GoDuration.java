package dev.cistern.storage;

import dev.cistern.api.Printable;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations in configurations and in parameters of drivers, as Go writes them: {@code 168h}, {@code
 * 1m30s}, {@code 1.5h}, {@code 0}. Not negative ones.
 */
public final class GoDuration {

  private static final Pattern PART =
      Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)");
  private static final Pattern WHOLE = Pattern.compile("\\+?(" + PART.pattern() + ")+");
  private static final int MAX_LENGTH = 64;

  private static final Map<String, Long> NANOSECONDS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "μs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  private GoDuration() {}

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if the text is not a duration, is negative or is longer than
   *     the 292 years of Go
   */
  public static Duration parse(String text) {
    if (text.equals("0") || text.equals("+0")) {
      return Duration.ZERO;
    }
    if (text.startsWith("-")) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is negative; use a duration such as 30s, or 0");
    }
    if (text.length() > MAX_LENGTH || !WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a duration such as 30s, 1m30s or 168h");
    }
    BigDecimal nanoseconds = BigDecimal.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      BigDecimal unit = BigDecimal.valueOf(NANOSECONDS.getOrDefault(part.group(2), 0L));
      nanoseconds = nanoseconds.add(new BigDecimal(part.group(1)).multiply(unit));
    }
    if (nanoseconds.compareTo(MAX) > 0) {
      throw new IllegalArgumentException(Printable.quoted(text) + " is too long");
    }
    return Duration.ofNanos(nanoseconds.longValue());
  }
}
