package dev.cistern.server.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@code log} section.
 *
 * @param level the least severe level that is logged
 * @param format how a line looks
 * @param fields added to every line, in the order of the file
 * @param accessLog whether requests are logged
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

  /** How a log line looks: for people, or one JSON object a line. */
  public enum Format {
    TEXT,
    JSON
  }

  /** Whether each request leaves a line. */
  public enum AccessLog {
    ENABLED,
    DISABLED
  }
}
