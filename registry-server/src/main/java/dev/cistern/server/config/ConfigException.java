package dev.cistern.server.config;

import java.util.List;

/**
 * The configuration is wrong. Holds every problem, each one line for the operator that names place
 * and key.
 */
public final class ConfigException extends Exception {

  private final List<String> problems;

  /**
   * Gathers problems.
   *
   * @param problems at least one
   */
  public ConfigException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /** The problems, in the order of the file. */
  public List<String> problems() {
    return problems;
  }
}
