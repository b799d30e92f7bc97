package dev.cistern.server.cli;

/**
 * The server cannot start. The message is one line for the operator, and all that is shown: exit
 * code 1.
 */
public final class StartupException extends Exception {

  public StartupException(String message) {
    super(message);
  }

  public StartupException(String message, Throwable cause) {
    super(message, cause);
  }
}
