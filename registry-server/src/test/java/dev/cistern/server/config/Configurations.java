package dev.cistern.server.config;

import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads configurations written in tests, as a file called {@code config.yml}. */
final class Configurations {

  static final Map<String, Set<String>> DRIVERS =
      Map.of(
          "filesystem", Set.of("rootdirectory", "maxthreads"),
          "inmemory", Set.of(),
          "tape", Set.of("device", "token"));

  private Configurations() {}

  static ServerConfig config(String yaml) {
    return load(yaml, Map.of()).config();
  }

  static List<String> warnings(String yaml) {
    return load(yaml, Map.of()).warnings();
  }

  static List<String> problems(String yaml) {
    return problems(yaml, Map.of());
  }

  static LoadedConfig load(String yaml, Map<String, String> environment) {
    try {
      return new ConfigLoader(DRIVERS).load("config.yml", yaml, environment);
    } catch (ConfigException e) {
      return fail(e);
    }
  }

  static List<String> problems(String yaml, Map<String, String> environment) {
    try {
      new ConfigLoader(DRIVERS).load("config.yml", yaml, environment);
      return List.of();
    } catch (ConfigException e) {
      return e.problems();
    }
  }
}
