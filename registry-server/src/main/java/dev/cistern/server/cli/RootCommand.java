package dev.cistern.server.cli;

import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The parent of all commands. It cannot run, so that picocli asks for a command if there is none.
 */
@Command(
    name = "cistern",
    description = "Cistern, a pull-through cache for container registries.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} serve /etc/cistern/config.yml",
      "  ${COMMAND-FULL-NAME} help gc",
      "  ${COMMAND-FULL-NAME} check-config /etc/cistern/config.yml"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND")
final class RootCommand {

  /** Read by {@link DriverPath} before the commands are. */
  @Option(
      names = DriverPath.OPTION,
      paramLabel = "DIRECTORY",
      description =
          "The directory with the jars of further storage drivers. By default the directory drivers"
              + " beside the jar of the server.")
  void driverPath(Path unused) {}
}
