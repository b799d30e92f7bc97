package dev.cistern.server.config;

import dev.cistern.api.Printable;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the top of the file. */
final class ConfigReader {

  private static final String VERSION = "0.1";

  private static final String NO_PUSHES = "a pull-through cache takes no pushes";

  private final StorageReader storage;

  ConfigReader(Map<String, Set<String>> drivers, ConfigLoader.DriverCheck check) {
    this.storage = new StorageReader(drivers, check);
  }

  ServerConfig read(Section top, Map<String, String> environment) {
    String unused = top.value("version", VERSION, ConfigReader::version);
    top.ignored("catalog", "the catalog has pages of the size that the client asks for");
    top.ignored("compatibility", NO_PUSHES);
    top.ignored(
        "middleware",
        "Cistern has no middleware; put a reverse proxy before it for what clients see");
    top.ignored(
        "notifications",
        "Cistern sends no notifications; collect its access log (log.formatter: json) or its"
            + " metrics");
    top.ignored("policy", NO_PUSHES);
    top.ignored("redis", "Cistern does not use Redis; proxy.memory keeps hot content in memory");
    top.ignored(
        "reporting", "Cistern reports to no other service; collect its log and its metrics");
    top.ignored("validation", NO_PUSHES);
    LogConfig.Level level = oldLevel(top).orElse(LogConfig.DEFAULT.level());
    return new ServerConfig(
        top.section("log", log -> LogReader.read(log, level)),
        storage.read(top),
        top.section("http", HttpReader::read),
        top.section("proxy", proxy -> ProxyReader.read(proxy, environment)),
        top.section("auth", AuthReader::read),
        top.section("health", HealthReader::read));
  }

  private static String version(String text) {
    if (!text.equals(VERSION)) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a known version of the file format; it must be 0.1");
    }
    return text;
  }

  private static Optional<LogConfig.Level> oldLevel(Section top) {
    Optional<LogConfig.Level> level =
        top.optional("loglevel", ValueParser.oneOf(LogConfig.Level.class));
    level.ifPresent(found -> top.warning("loglevel", "is the old name of log.level; use that"));
    return level;
  }
}
