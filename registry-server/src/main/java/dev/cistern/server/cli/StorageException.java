package dev.cistern.server.cli;

/**
 * A command cannot do its work on the store. The operator sees only the message, which is one line.
 */
final class StorageException extends Exception {

  private final int exitCode;

  private StorageException(String message, Throwable cause, int exitCode) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The configured store does not exist or is not usable. The command has done nothing. */
  static StorageException unusable(String message, Throwable cause) {
    return new StorageException(message, cause, CommandLineInterface.USAGE);
  }

  /** The store failed while the command used it. */
  static StorageException failed(Throwable cause) {
    return new StorageException(message(cause), cause, CommandLineInterface.FAILED);
  }

  /** The message of a failure, or its name if it has none. */
  static String message(Throwable cause) {
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  int exitCode() {
    return exitCode;
  }
}
