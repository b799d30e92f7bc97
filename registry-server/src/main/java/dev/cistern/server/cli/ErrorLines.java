package dev.cistern.server.cli;

import dev.cistern.api.Printable;
import dev.cistern.server.config.ConfigException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Turns the exception of a command into lines for the operator and an exit code. An unexpected
 * exception is printed with its stack trace.
 */
final class ErrorLines implements IExecutionExceptionHandler {

  private static final int MAX_LENGTH = 4096;

  @Override
  public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed) {
    return print(thrown, command.getErr());
  }

  /** Prints them, and returns the exit code. */
  static int print(Exception thrown, PrintWriter err) {
    if (thrown instanceof ConfigException wrong) {
      wrong.warnings().forEach(warning -> err.println("warning: " + warning));
      wrong.problems().forEach(err::println);
      return CommandLineInterface.USAGE;
    }
    if (thrown instanceof StorageException failed) {
      err.println(line(failed));
      return failed.exitCode();
    }
    if (thrown instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return CommandLineInterface.FAILED;
    }
    thrown.printStackTrace(err);
    return CommandLineInterface.FAILED;
  }

  private static String line(Exception failure) {
    return Printable.line(String.valueOf(failure.getMessage()), MAX_LENGTH);
  }
}
