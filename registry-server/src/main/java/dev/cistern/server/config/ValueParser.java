package dev.cistern.server.config;

import dev.cistern.api.Printable;
import dev.cistern.storage.ByteSize;
import dev.cistern.storage.GoDuration;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Turns the text under a key into a value. */
@FunctionalInterface
interface ValueParser<T> {

  ValueParser<String> TEXT = text -> text;

  ValueParser<Duration> DURATION = GoDuration::parse;

  ValueParser<Long> SIZE = ByteSize::parse;

  ValueParser<Path> PATH =
      text -> {
        try {
          return Path.of(text);
        } catch (InvalidPathException e) {
          throw new IllegalArgumentException(Printable.quoted(text) + " is not a path", e);
        }
      };

  /** True or false in the words of YAML 1.1, which Distribution accepts. */
  ValueParser<Boolean> FLAG =
      text ->
          switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default ->
                throw new IllegalArgumentException(
                    Printable.quoted(text) + " is neither true nor false");
          };

  /**
   * Parses the text.
   *
   * @throws IllegalArgumentException if the text is wrong; the operator sees the message, so a
   *     parser of secrets must not quote the text
   */
  T parse(String text);

  /** One of two values, for the flag true and for the flag false. */
  static <T> ValueParser<T> flag(T whenTrue, T whenFalse) {
    return text -> FLAG.parse(text) ? whenTrue : whenFalse;
  }

  /** One constant of an enum, in upper or lower case. */
  static <E extends Enum<E>> ValueParser<E> oneOf(Class<E> type) {
    return text ->
        Stream.of(type.getEnumConstants())
            .filter(constant -> word(constant).equals(text.toLowerCase(Locale.ROOT)))
            .findFirst()
            .orElseThrow(
                () ->
                    notOneOf(
                        text, Stream.of(type.getEnumConstants()).map(ValueParser::word).toList()));
  }

  static IllegalArgumentException notOneOf(String text, List<String> words) {
    return new IllegalArgumentException(
        Printable.quoted(text)
            + " is not one of "
            + words.stream().collect(Collectors.joining(", ")));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
