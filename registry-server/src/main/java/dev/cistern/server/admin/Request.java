package dev.cistern.server.admin;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Printable;
import dev.cistern.api.RegistryException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A request, checked.
 *
 * @param parameters of the query, or of the body of a POST
 * @param format of the body of a POST, and so of its answer
 * @param host by which the client calls this machine, without the port
 */
record Request(Map<String, String> parameters, Format format, String host) {

  /** What a program or a person sends. */
  enum Format {
    JSON,
    FORM
  }

  Request {
    parameters = Map.copyOf(parameters);
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(host, "host");
  }

  /** A parameter; empty if it is missing or has no text. */
  Optional<String> parameter(String name) {
    return Optional.ofNullable(parameters.get(name))
        .map(String::strip)
        .filter(text -> !text.isEmpty());
  }

  /** A parameter, or an empty text. */
  String text(String name) {
    return parameter(name).orElse("");
  }

  /**
   * Refuses other members of a JSON object: a name with a typo would be ignored.
   *
   * @throws IllegalArgumentException if there is another one
   */
  void requireOnly(String... names) {
    if (format == Format.JSON && !List.of(names).containsAll(parameters.keySet())) {
      String others =
          parameters.keySet().stream()
              .filter(name -> !List.of(names).contains(name))
              .sorted()
              .map(Printable::quoted)
              .collect(Collectors.joining(", "));
      throw new IllegalArgumentException(
          "The JSON object must not have "
              + others
              + (names.length == 0
                  ? "; it must be empty"
                  : "; it may have " + String.join(", ", names)));
    }
  }

  /** The parameter {@code n}: how much of a list to return. */
  int count(int standard, int most) throws RegistryException {
    String text = text("n");
    if (text.isEmpty()) {
      return standard;
    }
    if (!text.matches("[1-9][0-9]{0,5}") || Integer.parseInt(text) > most) {
      throw new RegistryException(
          ErrorCode.PAGINATION_NUMBER_INVALID, "n must be a number from 1 to " + most);
    }
    return Integer.parseInt(text);
  }
}
