package dev.cistern.server.cli;

import picocli.CommandLine.Command;

/**
 * What stands before a command. Not itself one that runs, so that picocli asks for a command when
 * there is none.
 */
@Command(
    name = "registry-server",
    description = "Cistern, a pull-through cache for container registries.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND")
final class RootCommand {}
