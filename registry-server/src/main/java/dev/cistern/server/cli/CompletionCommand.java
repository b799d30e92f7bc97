package dev.cistern.server.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code completion bash|zsh}. */
@Command(
    name = "completion",
    description = "Prints a script that completes commands and options of cistern in a shell.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(cistern completion bash)       for this shell",
      "  cistern completion bash > /etc/bash_completion.d/cistern",
      "  source <(cistern completion zsh)"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class CompletionCommand implements Callable<Integer> {

  /** The shells that there is a script for; both take the same one. */
  enum Shell {
    bash,
    zsh
  }

  private final PrintStream out;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
  private Shell shell = Shell.bash;

  CompletionCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    out.println("# Completion for " + shell + ", made by: cistern completion " + shell);
    out.print(AutoComplete.bash("cistern", spec.root().commandLine()));
    return CommandLineInterface.OK;
  }
}
