package dev.cistern.server.cli;

import dev.cistern.proxy.maintenance.StoreStatistics;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.report.Json;
import dev.cistern.server.report.StatisticsResult;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code stats [config.yml]}. */
@Command(
    name = "stats",
    description = {
      "Shows what is stored: sizes, numbers, and the largest and the longest unused contents.",
      "",
      StoreOptions.BESIDE_A_SERVER
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:the command succeeded",
      "1:storage failed",
      "2:the arguments, the configuration or the store are not usable"
    },
    footerHeading = "%nExamples:%n",
    footer = {"  ${COMMAND-FULL-NAME} /etc/cistern/config.yml"},
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class StatsCommand implements Callable<Integer> {

  private static final int MOST = 100_000;

  private final ConfiguredStore store;
  private final PrintStream out;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final StoreOptions options = new StoreOptions();

  @Option(
      names = "--top",
      paramLabel = "N",
      description =
          "How many of the largest and of the longest unused contents to show, from 0 to "
              + MOST
              + "; ${DEFAULT-VALUE} by default.")
  private int top = 5;

  StatsCommand(ConfiguredStore store, PrintStream out) {
    this.store = store;
    this.out = out;
  }

  @Override
  public Integer call() throws ConfigException, StorageException, InterruptedException {
    if (top < 0 || top > MOST) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value for option '--top': '" + top + "' is not a number from 0 to " + MOST);
    }
    return store.use(options, (config, driver) -> show(config.proxy().limits(), driver));
  }

  private int show(Limits limits, StorageDriver driver) throws IOException {
    StatisticsResult result = StatisticsResult.of(StoreStatistics.of(driver, top), limits);
    if (options.json) {
      Json.print(out, result::write);
    } else {
      result.print(out);
    }
    return CommandLineInterface.OK;
  }
}
