package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.net.ProtocolException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Parses the answer of a token service: {@code {"token": …, "expires_in": 300, "issued_at": …}}, or
 * {@code access_token} as in OAuth 2.
 *
 * <p>{@code issued_at} is a time of the service's clock. By the specification a token is valid for
 * at least a minute when it is issued, so an {@code issued_at} that leaves less shows that the
 * clocks differ.
 */
final class TokenAnswer {

  private static final Duration DEFAULT_LIFETIME = Duration.ofSeconds(60);
  private static final Duration MAX_LIFETIME = Duration.ofDays(1);
  private static final Duration MAX_MARGIN = Duration.ofSeconds(15);
  private static final int MAX_TOKEN_LENGTH = 64 * 1024;
  private static final JsonMapper JSON = JsonMapper.shared();

  private TokenAnswer() {}

  /**
   * Parses the token, and computes how long it may be used.
   *
   * @param asked the time of the request, from which the lifetime is counted
   * @throws IOException when there is no usable token; the message contains nothing of the answer
   */
  static Token parse(byte[] body, Instant asked) throws IOException {
    JsonNode answer = read(body);
    String value =
        text(answer, "token")
            .or(() -> text(answer, "access_token"))
            .orElseThrow(() -> new ProtocolException("its answer contains no token"));
    if (value.length() > MAX_TOKEN_LENGTH || !value.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      throw new ProtocolException(
          "its token contains characters that a header cannot have, or is too long");
    }
    Duration life = remaining(answer, asked);
    Duration quarter = life.dividedBy(4);
    Duration margin = quarter.compareTo(MAX_MARGIN) < 0 ? quarter : MAX_MARGIN;
    return new Token(value, asked.plus(life).minus(margin));
  }

  private static JsonNode read(byte[] body) throws IOException {
    try {
      return JSON.readTree(body);
    } catch (JacksonException e) {
      // Without the cause, whose message may contain the token.
      throw new ProtocolException("its answer is not JSON");
    }
  }

  private static Duration remaining(JsonNode answer, Instant asked) {
    Duration lifetime = lifetime(answer);
    Duration least = lifetime.compareTo(DEFAULT_LIFETIME) < 0 ? lifetime : DEFAULT_LIFETIME;
    Duration age =
        text(answer, "issued_at")
            .flatMap(TokenAnswer::instant)
            .filter(issued -> issued.isBefore(asked) && issued.isAfter(asked.minus(MAX_LIFETIME)))
            .map(issued -> Duration.between(issued, asked))
            .orElse(Duration.ZERO);
    Duration left = lifetime.minus(age);
    return left.compareTo(least) < 0 ? least : left;
  }

  private static Duration lifetime(JsonNode answer) {
    JsonNode seconds = answer.path("expires_in");
    if (!seconds.isNumber() || !seconds.canConvertToLong()) {
      return DEFAULT_LIFETIME;
    }
    long value = Math.max(0, seconds.longValue());
    return value > MAX_LIFETIME.toSeconds() ? MAX_LIFETIME : Duration.ofSeconds(value);
  }

  private static Optional<String> text(JsonNode answer, String field) {
    JsonNode node = answer.path(field);
    return node.isString() && !node.stringValue().isEmpty()
        ? Optional.of(node.stringValue())
        : Optional.empty();
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
