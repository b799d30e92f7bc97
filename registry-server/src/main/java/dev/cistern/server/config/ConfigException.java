package dev.cistern.server.config;

import java.util.List;

/**
 * The configuration is wrong. Contains all problems. Each is one line for the operator and names
 * the place and the key.
 */
public final class ConfigException extends Exception {

  private final List<String> problems;
  private final List<String> warnings;

  /**
   * Makes an exception of problems.
   *
   * @param problems one or more
   */
  public ConfigException(List<String> problems) {
    this(problems, List.of());
  }

  /**
   * Makes an exception of problems, with warnings about what is right otherwise.
   *
   * @param problems one or more
   */
  public ConfigException(List<String> problems, List<String> warnings) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
    this.warnings = List.copyOf(warnings);
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
