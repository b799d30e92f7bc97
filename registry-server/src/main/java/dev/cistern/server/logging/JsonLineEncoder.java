package dev.cistern.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.event.KeyValuePair;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/**
 * One JSON object a line, with the names that Distribution's log lines have:
 *
 * <pre>
 * {"time":"2026-11-23T10:00:00Z","level":"info","msg":"listening","logger":"dev.cistern.server","addr":":5000"}
 * </pre>
 *
 * A stack trace is the member {@code error}. The fields of the event and then those of the
 * configuration follow, numbers as numbers. They cannot replace earlier members. The line is ASCII:
 * other characters, and control characters, are escaped.
 */
final class JsonLineEncoder extends LineEncoder {

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .characterEscapes(new DeleteEscaped())
          .build();

  private final Map<String, String> fields;

  JsonLineEncoder(Map<String, String> fields) {
    this.fields = new LinkedHashMap<>(fields);
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), line)) {
      json.writeStartObject();
      members(event).forEach((name, value) -> write(json, name, value));
      json.writeEndObject();
    }
    line.write('\n');
    return line.toByteArray();
  }

  private static void write(JsonGenerator json, String name, Object value) {
    if (value instanceof Integer || value instanceof Long) {
      json.writeNumberProperty(name, ((Number) value).longValue());
    } else if (value instanceof Double number && Double.isFinite(number)) {
      json.writeNumberProperty(name, number);
    } else {
      json.writeStringProperty(name, value.toString());
    }
  }

  private Map<String, Object> members(ILoggingEvent event) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("time", Instant.ofEpochMilli(event.getTimeStamp()).toString());
    members.put("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
    members.put("msg", String.valueOf(event.getFormattedMessage()));
    members.put("logger", event.getLoggerName());
    if (event.getThrowableProxy() != null) {
      members.put("error", ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    Events.fields(event).ifPresent(parts -> parts.fields().forEach(members::putIfAbsent));
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        members.putIfAbsent(pair.key, pair.value == null ? "null" : pair.value);
      }
    }
    fields.forEach(members::putIfAbsent);
    return members;
  }
}
