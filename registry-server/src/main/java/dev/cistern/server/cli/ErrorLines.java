package dev.cistern.server.cli;

import dev.cistern.server.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Turns what a command threw into lines and an exit code. What nobody foresaw keeps its stack
 * trace.
 */
final class ErrorLines implements IExecutionExceptionHandler {

  @Override
  public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed) {
    if (thrown instanceof ConfigException wrong) {
      wrong.problems().forEach(command.getErr()::println);
      return CommandLineInterface.USAGE;
    }
    if (thrown instanceof StartupException failed) {
      command.getErr().println(String.valueOf(failed.getMessage()).replaceAll("\\R", " "));
      return CommandLineInterface.FAILED;
    }
    if (thrown instanceof StorageException failed) {
      command.getErr().println(String.valueOf(failed.getMessage()).replaceAll("\\R", " "));
      return failed.exitCode();
    }
    if (thrown instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return CommandLineInterface.FAILED;
    }
    thrown.printStackTrace(command.getErr());
    return CommandLineInterface.FAILED;
  }
}
