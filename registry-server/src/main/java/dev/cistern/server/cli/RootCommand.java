package dev.cistern.server.cli;

import picocli.CommandLine.Command;

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
final class RootCommand {}
