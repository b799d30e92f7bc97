package dev.cistern.server.config;

/**
 * The text is not YAML, or more of it than a configuration has. The message has no word of the text
 * in it.
 */
final class YamlException extends Exception {

  private final int line;
  private final int column;

  YamlException(int line, int column, String message) {
    super(message);
    this.line = line;
    this.column = column;
  }

  /** From 1. */
  int line() {
    return line;
  }

  /** From 1. */
  int column() {
    return column;
  }
}
