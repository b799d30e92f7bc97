package dev.cistern.server.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** How one would write a default into the file. */
final class DefaultText {

  private static final Map<String, Long> UNITS =
      Map.of("GiB", 1L << 30, "MiB", 1L << 20, "KiB", 1L << 10);

  private DefaultText() {}

  /** A text that the parser reads as the value; empty if there is none. */
  static <T> Optional<String> of(T value, ValueParser<T> parser) {
    return candidates(value).filter(text -> isParsedAs(text, value, parser)).findFirst();
  }

  private static Stream<String> candidates(Object value) {
    if (value instanceof Duration duration) {
      return Stream.of(duration(duration));
    }
    if (value instanceof Number number && number.longValue() > 0) {
      long size = number.longValue();
      return Stream.concat(
          Stream.of("GiB", "MiB", "KiB")
              .filter(unit -> size % UNITS.getOrDefault(unit, 1L) == 0)
              .map(unit -> size / UNITS.getOrDefault(unit, 1L) + unit),
          Stream.of(String.valueOf(size)));
    }
    String text = String.valueOf(value);
    return Stream.of(text.toLowerCase(Locale.ROOT), text, "true", "false");
  }

  private static String duration(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds == 0 || seconds % 60 != 0) {
      return seconds + "s";
    }
    return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
  }

  private static <T> boolean isParsedAs(String text, T value, ValueParser<T> parser) {
    try {
      return parser.parse(text).equals(value);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
