package dev.cistern.storage;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads sizes and durations in parameters of drivers, as the server's configuration has them. */
final class Quantity {

  private static final int MAX_LENGTH = 40;

  private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?) ?([KMGT]i?B|kB|B)?");
  private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s|m|h)");
  private static final Pattern DURATION = Pattern.compile("(?:" + PART.pattern() + ")+");

  private static final Map<String, Long> BYTES =
      Map.of(
          "B", 1L,
          "kB", 1_000L,
          "KB", 1_000L,
          "MB", 1_000_000L,
          "GB", 1_000_000_000L,
          "TB", 1_000_000_000_000L,
          "KiB", 1L << 10,
          "MiB", 1L << 20,
          "GiB", 1L << 30,
          "TiB", 1L << 40);

  private static final Map<String, Long> MILLISECONDS =
      Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L);

  private static final BigDecimal LARGEST = BigDecimal.valueOf(Long.MAX_VALUE);

  private Quantity() {}

  /** The number of bytes; empty if the text is not a size. */
  static OptionalLong size(String text) {
    Matcher size = SIZE.matcher(text);
    if (text.length() > MAX_LENGTH || !size.matches()) {
      return OptionalLong.empty();
    }
    String unit = size.group(2) == null ? "B" : size.group(2);
    BigDecimal bytes =
        new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(BYTES.getOrDefault(unit, 1L)));
    return bytes.compareTo(LARGEST) > 0 ? OptionalLong.empty() : OptionalLong.of(bytes.longValue());
  }

  /** The duration in milliseconds; empty if the text is not a duration. */
  static Optional<Duration> duration(String text) {
    if (text.length() > MAX_LENGTH || !DURATION.matcher(text).matches()) {
      return Optional.empty();
    }
    BigDecimal all = BigDecimal.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      long unit = MILLISECONDS.getOrDefault(part.group(2), 0L);
      all = all.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
    }
    return all.compareTo(LARGEST) > 0
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(all.longValue()));
  }
}
