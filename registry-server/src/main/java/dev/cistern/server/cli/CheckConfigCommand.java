package dev.cistern.server.cli;

import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.EffectiveConfig;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code check-config [config.yml]}. */
@Command(
    name = "check-config",
    description = {
      "Checks a configuration, and prints it as the server uses it.",
      "",
      "Each value has the place that it comes from: a line of the file, an environment variable, or"
          + " the default. Secrets are not shown. Warnings and errors are on the error stream, all"
          + " of them at once. The command does not open the files that the configuration names,"
          + " and contacts no upstream."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} /etc/cistern/config.yml",
      "  REGISTRY_PROXY_TTL=24h ${COMMAND-FULL-NAME}"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the configuration is valid",
      "2:the arguments or the configuration are wrong"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class CheckConfigCommand implements Callable<Integer> {

  private final ConfigLoader configuration;
  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Parameters(
      arity = "0..1",
      paramLabel = "config.yml",
      description = "The configuration file. Without it, the defaults are those of serve.")
  private @Nullable Path file;

  CheckConfigCommand(
      ConfigLoader configuration,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err) {
    this.configuration = configuration;
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws ConfigException {
    EffectiveConfig effective =
        file == null
            ? configuration.effective(environment)
            : configuration.effective(file, environment);
    effective.loaded().warnings().forEach(warning -> err.println("warning: " + warning));
    out.print(effective.yaml());
    return CommandLineInterface.OK;
  }
}
