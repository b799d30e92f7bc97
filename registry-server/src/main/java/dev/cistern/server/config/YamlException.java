package dev.cistern.server.config;

/**
 * The text is not YAML, or is more complex than a configuration. The message quotes nothing of the
 * text.
 */
final class YamlException extends Exception {

  private final int line;
  private final int column;

  YamlException(int line, int column, String message) {
    super(message);
    this.line = line;
    this.column = column;
  }

  /** Starts at 1. */
  int line() {
    return line;
  }

  /** Starts at 1. */
  int column() {
    return column;
  }
}
