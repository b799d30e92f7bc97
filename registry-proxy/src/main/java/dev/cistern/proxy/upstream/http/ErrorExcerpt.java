package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The part of an error's body that is safe for messages: short, one line, and without the {@code
 * Authorization} of the request, in case the upstream repeats it.
 *
 * @param code the specification's error code; empty when there is none
 * @param text empty when the body has no readable text
 */
record ErrorExcerpt(String code, String text) {

  /** Nothing was said. */
  static final ErrorExcerpt NONE = new ErrorExcerpt("", "");

  private static final int MAX_BODY = 8 * 1024;
  private static final int MAX_TEXT = 200;
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final List<String> TEXT_FIELDS =
      List.of("message", "error_description", "details", "detail", "error");
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Reads the beginning of the body. Empty when it cannot be read. */
  static ErrorExcerpt of(Exchange answer) {
    Secrets secrets = Secrets.sentWith(answer.request());
    String body;
    try {
      body = new String(answer.excerpt(MAX_BODY, TIMEOUT), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return NONE;
    }
    String code = "";
    String text = body.startsWith("<") ? "" : body;
    try {
      JsonNode json = JSON.readTree(body);
      JsonNode first = json.path("errors").path(0);
      code = first.path("code").asString("");
      text = text(first.isObject() ? first : json);
    } catch (JacksonException e) {
      // Not JSON: the text itself.
    }
    String said = code.isEmpty() || text.isEmpty() ? code + text : code + ": " + text;
    return new ErrorExcerpt(code, Printable.line(secrets.redact(said), MAX_TEXT));
  }

  private static String text(JsonNode error) {
    Stream<JsonNode> fields =
        error.isObject() ? TEXT_FIELDS.stream().map(error::path) : Stream.of(error);
    return fields
        .filter(JsonNode::isString)
        .map(JsonNode::stringValue)
        .filter(s -> !s.isBlank())
        .findFirst()
        .orElse("");
  }
}
