package dev.cistern.server.config;

import java.util.List;
import java.util.Locale;

/** Reads {@code log}. */
final class LogReader {

  private LogReader() {}

  /**
   * @param old the level of the old key {@code loglevel}, or the default
   */
  static LogConfig read(Section log, LogConfig.Level old) {
    log.ignored("hooks", "the log goes to standard error only");
    log.ignored("reportcaller", "each JSON line names its logger");
    return new LogConfig(
        log.value("level", old, ValueParser.oneOf(LogConfig.Level.class)),
        log.value("formatter", LogConfig.DEFAULT.format(), LogReader::format),
        log.texts("fields"),
        log.section("accesslog", LogReader::accessLog));
  }

  private static LogConfig.Format format(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "text" -> LogConfig.Format.TEXT;
      // Logstash reads JSON lines. They have the names of Cistern here, not those of Logstash.
      case "json", "logstash" -> LogConfig.Format.JSON;
      default -> throw ValueParser.notOneOf(text, List.of("text", "json"));
    };
  }

  private static LogConfig.AccessLog accessLog(Section section) {
    return section.value(
        "disabled",
        LogConfig.DEFAULT.accessLog(),
        ValueParser.flag(LogConfig.AccessLog.DISABLED, LogConfig.AccessLog.ENABLED));
  }
}
