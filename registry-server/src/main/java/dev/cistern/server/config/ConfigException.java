package dev.cistern.server.config;

import java.util.List;

/**
 * The configuration is wrong. Contains all problems. Each is one line for the operator and names
 * the place and the key.
 */
public final class ConfigException extends Exception {

  private final List<String> problems;
  private final List<String> warnings;
  private final LogConfig log;

  /**
   * Makes an exception of problems.
   *
   * @param problems one or more
   */
  public ConfigException(List<String> problems) {
    this(problems, List.of(), LogConfig.DEFAULT);
  }

  /**
   * Makes an exception of problems, with warnings about what is right otherwise.
   *
   * @param problems one or more
   * @param log how to log, as far as the configuration says it
   */
  ConfigException(List<String> problems, List<String> warnings, LogConfig log) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
    this.warnings = List.copyOf(warnings);
    this.log = log;
  }

  /** How to log, as far as the configuration says it: the default where it does not. */
  public LogConfig log() {
    return log;
  }

  /** The problems, in the order of the file. */
  public List<String> problems() {
    return problems;
  }

  /** Warnings besides the problems, in the order of the file. */
  public List<String> warnings() {
    return warnings;
  }
}
