package dev.cistern.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import dev.cistern.api.Printable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import org.slf4j.event.KeyValuePair;

/**
 * Lines for people:
 *
 * <pre>2026-11-23T10:00:00.000Z WARN  config.yml:3: http.secret: has no effect site=lab</pre>
 *
 * An event is one line, whatever its message contains: control characters and other invisible ones
 * are escaped. A stack trace follows on separate, indented lines.
 */
final class TextEncoder extends LineEncoder {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

  private final String fields;

  TextEncoder(Map<String, String> fields) {
    StringBuilder text = new StringBuilder();
    fields.forEach((key, value) -> TextValue.appendPair(text, key, value));
    StringBuilder printable = new StringBuilder();
    appendPrintable(printable, text.toString());
    this.fields = printable.toString();
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
    line.append(' ')
        .append(event.getLevel())
        .append(" ".repeat(6 - event.getLevel().toString().length()));
    appendPrintable(line, message(event));
    line.append(fields).append('\n');
    if (event.getThrowableProxy() != null) {
      appendTrace(line, event.getThrowableProxy());
    }
    return line.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String message(ILoggingEvent event) {
    Optional<LogFields> parts = Events.fields(event);
    StringBuilder text =
        new StringBuilder(
            parts
                .map(LogFields::text)
                .orElseGet(() -> String.valueOf(event.getFormattedMessage())));
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        TextValue.appendPair(text, pair.key, String.valueOf(pair.value));
      }
    }
    return text.toString();
  }

  private static void appendTrace(StringBuilder line, IThrowableProxy thrown) {
    ThrowableProxyUtil.asString(thrown)
        .lines()
        .forEach(
            row -> {
              line.append("    ");
              appendPrintable(line, row.replace("\t", "  "));
              line.append('\n');
            });
  }

  private static void appendPrintable(StringBuilder line, CharSequence text) {
    line.append(Printable.escaped(text.toString()));
  }
}
