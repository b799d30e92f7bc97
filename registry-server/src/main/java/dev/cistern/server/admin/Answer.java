package dev.cistern.server.admin;

import dev.cistern.server.report.Json;
import io.undertow.util.StatusCodes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;

/**
 * An answer.
 *
 * @param headers besides those that every answer has
 */
record Answer(int status, String contentType, ByteBuffer body, Map<String, String> headers) {

  Answer {
    body = body.asReadOnlyBuffer();
    headers = Map.copyOf(headers);
  }

  /** All bytes; every call returns a new buffer with its own position. */
  @Override
  public ByteBuffer body() {
    return body.duplicate();
  }

  static Answer page(int status, Html html) {
    return new Answer(
        status,
        "text/html; charset=utf-8",
        StandardCharsets.UTF_8.encode(html.toString()),
        Map.of());
  }

  static Answer json(int status, Consumer<Json> members) {
    return new Answer(status, "application/json", ByteBuffer.wrap(Json.bytes(members)), Map.of());
  }

  static Answer seeOther(String path) {
    return new Answer(
        StatusCodes.SEE_OTHER,
        "text/plain; charset=utf-8",
        ByteBuffer.allocate(0),
        Map.of("Location", path));
  }

  static Answer text(int status, String text) {
    return new Answer(
        status, "text/plain; charset=utf-8", StandardCharsets.UTF_8.encode(text + "\n"), Map.of());
  }
}
