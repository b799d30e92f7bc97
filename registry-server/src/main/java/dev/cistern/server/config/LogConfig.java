package dev.cistern.server.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@code log} section.
 *
 * @param level the least severe level to log
 * @param format the form of a line
 * @param fields fields to add to each line, in the order of the file
 * @param accessLog whether to log requests
 */
public record LogConfig(
    Level level, Format format, Map<String, String> fields, AccessLog accessLog) {

  public static final LogConfig DEFAULT =
      new LogConfig(Level.INFO, Format.TEXT, Map.of(), AccessLog.ENABLED);

  public LogConfig {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** Severities, as {@code log.level} names them. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  /** The form of a log line: text for people, or one JSON object. */
  public enum Format {
    TEXT,
    JSON
  }

  /** Whether to log a line for each request. */
  public enum AccessLog {
    ENABLED,
    DISABLED
  }
}
