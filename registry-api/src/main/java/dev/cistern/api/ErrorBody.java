package dev.cistern.api;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The body of an error response (distribution specification, "Error codes"):
 *
 * <pre>{@code
 * {"errors":[{"code":"TOOMANYREQUESTS","message":"...","detail":{"retryAfter":30}}]}
 * }</pre>
 *
 * <p>{@code detail} is null unless the client should wait before it tries again: then it has the
 * time in whole seconds, rounded up.
 */
public final class ErrorBody {

  private static final JsonFactory JSON = new JsonFactory();

  private ErrorBody() {}

  /** The body in UTF-8, for {@code Content-Type: application/json}. The caller owns the array. */
  public static byte[] json(RegistryException failure) {
    StringWriter out = new StringWriter();
    // The generator that writes bytes would throw on a message with half a surrogate pair.
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject().writeArrayPropertyStart("errors").writeStartObject();
      json.writeStringProperty("code", failure.code().wireName());
      json.writeStringProperty("message", failure.getMessage());
      writeDetail(json, failure);
      json.writeEndObject().writeEndArray().writeEndObject();
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void writeDetail(JsonGenerator json, RegistryException failure) {
    Duration wait = failure.retryAfter().orElse(null);
    if (wait == null) {
      json.writeNullProperty("detail");
    } else {
      json.writeObjectPropertyStart("detail");
      json.writeNumberProperty("retryAfter", wholeSeconds(wait));
      json.writeEndObject();
    }
  }

  private static long wholeSeconds(Duration wait) {
    boolean roundUp = wait.getNano() > 0 && wait.getSeconds() < Long.MAX_VALUE;
    return roundUp ? wait.getSeconds() + 1 : wait.getSeconds();
  }
}
