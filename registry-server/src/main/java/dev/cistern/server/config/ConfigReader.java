package dev.cistern.server.config;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the top of the file. */
final class ConfigReader {

  private static final String NO_PUSHES = "a pull-through cache takes no pushes";

  private final StorageReader storage;

  ConfigReader(Map<String, Set<String>> drivers) {
    this.storage = new StorageReader(drivers);
  }

  ServerConfig read(Section top) {
    top.optional("version", ConfigReader::version);
    refuseAuth(top);
    top.ignored("catalog", "the catalog is paged as clients ask for it");
    top.ignored("compatibility", NO_PUSHES);
    top.ignored("health", "there are no health checks yet");
    top.ignored("middleware", "there is no middleware");
    top.ignored("notifications", "there are no notifications");
    top.ignored("policy", NO_PUSHES);
    top.ignored("redis", "nothing is kept in Redis");
    top.ignored("reporting", "there is no reporting to other services");
    top.ignored("validation", NO_PUSHES);
    LogConfig.Level level = oldLevel(top).orElse(LogConfig.DEFAULT.level());
    return new ServerConfig(
        top.section("log", log -> LogReader.read(log, level)),
        storage.read(top),
        top.section("http", HttpReader::read),
        top.section("proxy", ProxyReader::read));
  }

  private static String version(String text) {
    if (!text.equals("0.1")) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a version of this file; it must be 0.1");
    }
    return text;
  }

  private static Optional<LogConfig.Level> oldLevel(Section top) {
    Optional<LogConfig.Level> level =
        top.optional("loglevel", ValueParser.oneOf(LogConfig.Level.class));
    level.ifPresent(found -> top.warning("loglevel", "is the old name of log.level"));
    return level;
  }

  /** A cache that was asked to check its clients must not run without. */
  private static void refuseAuth(Section top) {
    Optional<Node> auth = top.node("auth");
    Set<String> kinds =
        auth.isPresent() && auth.get() instanceof Node.Mapping mapping
            ? mapping.entries().keySet()
            : Set.of();
    if (auth.isPresent() && !kinds.equals(Set.of("none"))) {
      top.error(
          "auth",
          "authentication of clients is not supported yet, and a cache open to all is not what was asked for");
    }
  }
}
