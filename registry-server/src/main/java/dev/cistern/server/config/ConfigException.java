package dev.cistern.server.config;

import java.util.List;

/**
 * The configuration is wrong. Contains all problems. Each is one line for the operator and names
 * the place and the key.
 */
public final class ConfigException extends Exception {

  private final List<String> problems;

  /**
   * Makes an exception of problems.
   *
   * @param problems one or more
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
