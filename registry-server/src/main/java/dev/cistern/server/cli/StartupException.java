package dev.cistern.server.cli;

/**
 * The server cannot start. The operator sees only the message, which is one line. The exit code is
 * 1.
 */
public final class StartupException extends Exception {

  public StartupException(String message) {
    super(message);
  }

  public StartupException(String message, Throwable cause) {
    super(message, cause);
  }
}
