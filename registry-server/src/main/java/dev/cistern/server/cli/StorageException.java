package dev.cistern.server.cli;

/**
 * A command cannot do its work on the store. The message is one line for the operator, and all that
 * is shown.
 */
final class StorageException extends Exception {

  private final int exitCode;

  private StorageException(String message, Throwable cause, int exitCode) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** There is no store as it is configured; nothing was done. */
  static StorageException unusable(Throwable cause) {
    return new StorageException(message(cause), cause, CommandLineInterface.USAGE);
  }

  /** The store failed on the way. */
  static StorageException failed(Throwable cause) {
    return new StorageException(message(cause), cause, CommandLineInterface.FAILED);
  }

  private static String message(Throwable cause) {
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  int exitCode() {
    return exitCode;
  }
}
