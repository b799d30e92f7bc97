package dev.cistern.server.cli;

/** The server cannot start. The operator sees only the message, which is one line. */
public final class StartupException extends Exception {

  private static final long serialVersionUID = 1;

  private final int exitCode;

  private StartupException(String message, Throwable cause, int exitCode) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The configuration, or a file that it names, is not usable. */
  public static StartupException unusable(Exception cause) {
    return new StartupException(message(cause), cause, CommandLineInterface.USAGE);
  }

  /** Something else does not work, for example the port is in use. */
  public static StartupException failed(Exception cause) {
    return new StartupException(message(cause), cause, CommandLineInterface.FAILED);
  }

  private static String message(Exception cause) {
    return String.valueOf(cause.getMessage());
  }

  int exitCode() {
    return exitCode;
  }
}
