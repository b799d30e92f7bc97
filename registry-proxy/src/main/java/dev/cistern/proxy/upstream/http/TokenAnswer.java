package dev.cistern.proxy.upstream.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

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

  /** Keeps no names of properties, and makes no tree: a tree takes thirty times the length. */
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonFactory.Feature.CANONICALIZE_PROPERTY_NAMES).build();

  /** What is read of an answer. */
  private static final class Answer {
    private final Map<String, String> texts = new HashMap<>();
    private OptionalLong lifetime = OptionalLong.empty();

    Optional<String> text(String property) {
      return Optional.ofNullable(texts.get(property)).filter(text -> !text.isEmpty());
    }
  }

  private TokenAnswer() {}

  /**
   * Parses the token, and computes how long it may be used.
   *
   * @param asked the time of the request, from which the lifetime is counted
   * @throws IOException when there is no usable token; the message contains nothing of the answer
   */
  static Token parse(byte[] body, Instant asked) throws IOException {
    Answer answer = read(body);
    String value =
        answer
            .text("token")
            .or(() -> answer.text("access_token"))
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

  private static Answer read(byte[] body) throws IOException {
    try (JsonParser json =
        JSON.createParser(ObjectReadContext.empty(), new ByteArrayInputStream(body))) {
      Answer answer = new Answer();
      if (json.nextToken() == JsonToken.START_OBJECT) {
        while (json.nextToken() != JsonToken.END_OBJECT) {
          readProperty(json, answer);
        }
      } else {
        json.skipChildren();
      }
      if (json.nextToken() != null) {
        throw new ProtocolException("its answer is not JSON");
      }
      return answer;
    } catch (JacksonException e) {
      // Without the cause, whose message may contain the token.
      throw new ProtocolException("its answer is not JSON");
    }
  }

  private static void readProperty(JsonParser json, Answer answer) {
    String name = json.currentName();
    JsonToken value = json.nextToken();
    switch (name) {
      case "token", "access_token", "issued_at" ->
          answer.texts.put(name, value == JsonToken.VALUE_STRING ? json.getString() : "");
      case "expires_in" -> answer.lifetime = seconds(json, value);
      default -> {}
    }
    json.skipChildren();
  }

  private static OptionalLong seconds(JsonParser json, JsonToken value) {
    if (!value.isNumeric()) {
      return OptionalLong.empty();
    }
    double seconds = json.getDoubleValue();
    return Math.abs(seconds) < 0x1p62 ? OptionalLong.of((long) seconds) : OptionalLong.empty();
  }

  private static Duration remaining(Answer answer, Instant asked) {
    Duration lifetime = lifetime(answer);
    Duration least = lifetime.compareTo(DEFAULT_LIFETIME) < 0 ? lifetime : DEFAULT_LIFETIME;
    Duration age =
        answer
            .text("issued_at")
            .flatMap(TokenAnswer::instant)
            .filter(issued -> issued.isBefore(asked) && issued.isAfter(asked.minus(MAX_LIFETIME)))
            .map(issued -> Duration.between(issued, asked))
            .orElse(Duration.ZERO);
    Duration left = lifetime.minus(age);
    return left.compareTo(least) < 0 ? least : left;
  }

  private static Duration lifetime(Answer answer) {
    if (answer.lifetime.isEmpty()) {
      return DEFAULT_LIFETIME;
    }
    long value = Math.max(0, answer.lifetime.getAsLong());
    return value > MAX_LIFETIME.toSeconds() ? MAX_LIFETIME : Duration.ofSeconds(value);
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
