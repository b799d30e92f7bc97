package dev.cistern.server.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes a value of the text under a key. */
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
          throw new IllegalArgumentException("'" + text + "' is not a path", e);
        }
      };

  /** The words that YAML 1.1 has for it, as Distribution's parser takes them. */
  ValueParser<Boolean> FLAG =
      text ->
          switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default ->
                throw new IllegalArgumentException("'" + text + "' is neither true nor false");
          };

  /**
   * Makes the value.
   *
   * @throws IllegalArgumentException saying what is wrong with the text; shown to the operator, so
   *     a parser of secrets must not quote it
   */
  T parse(String text);

  /** One constant of an enum, in lower case. */
  static <E extends Enum<E>> ValueParser<E> oneOf(Class<E> type) {
    return text ->
        Stream.of(type.getEnumConstants())
            .filter(constant -> word(constant).equals(text))
            .findFirst()
            .orElseThrow(
                () ->
                    notOneOf(
                        text, Stream.of(type.getEnumConstants()).map(ValueParser::word).toList()));
  }

  static IllegalArgumentException notOneOf(String text, List<String> words) {
    return new IllegalArgumentException(
        "'" + text + "' is not one of " + words.stream().collect(Collectors.joining(", ")));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
