package dev.cistern.server.admin;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads the parameters of an action. */
final class RequestBody {

  private static final JsonFactory JSON = new JsonFactory();
  private static final int MOST = 20;
  private static final String EXPECTED =
      "The body must be a JSON object with strings, such as {\"image\": \"alpine:3.20\"}";

  private RequestBody() {}

  /**
   * The members of an object of texts.
   *
   * @throws IllegalArgumentException if the body is something else
   */
  static Map<String, String> json(byte[] body) {
    Map<String, String> members = new HashMap<>();
    if (body.length == 0) {
      return members;
    }
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), body)) {
      require(parser.nextToken() == JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        require(parser.nextToken() == JsonToken.VALUE_STRING);
        require(members.put(name, parser.getString()) == null && members.size() <= MOST);
      }
      require(parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(EXPECTED, e);
    }
    return members;
  }

  private static void require(boolean valid) {
    if (!valid) {
      throw new IllegalArgumentException(EXPECTED);
    }
  }

  /**
   * The fields of a form, in the encoding of browsers.
   *
   * @throws IllegalArgumentException if it is not in that encoding
   */
  static Map<String, String> form(byte[] body) {
    Map<String, String> fields = new HashMap<>();
    for (String field : new String(body, StandardCharsets.UTF_8).split("&", MOST + 1)) {
      int equals = field.indexOf('=');
      if (equals > 0) {
        fields.put(decoded(field.substring(0, equals)), decoded(field.substring(equals + 1)));
      }
    }
    return fields;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
