package dev.cistern.server.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Prints what is wrong with the arguments and how to use the command, in a few lines. The whole
 * help would push the error off the screen.
 */
final class UsageErrors implements IParameterExceptionHandler {

  @Override
  public int handleParseException(ParameterException wrong, String[] args) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(String.valueOf(wrong.getMessage()));
    UnmatchedArgumentException.printSuggestions(wrong, err);
    err.print(command.getHelp().synopsisHeading() + command.getHelp().synopsis(0));
    err.printf("'%s --help' explains the arguments.%n", command.getCommandSpec().qualifiedName());
    err.flush();
    return CommandLineInterface.USAGE;
  }
}
