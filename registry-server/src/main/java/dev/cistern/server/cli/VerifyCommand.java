package dev.cistern.server.cli;

import dev.cistern.proxy.maintenance.Verification;
import dev.cistern.proxy.maintenance.Verification.Mode;
import dev.cistern.proxy.maintenance.VerificationProgress;
import dev.cistern.proxy.maintenance.VerificationReport;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.report.Json;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code verify [config.yml]}. */
@Command(
    name = "verify",
    description = {
      "Verifies the digests of all stored content, and removes wrong content and wrong links.",
      "",
      "The server fetches removed content again at the next request. Links without content are"
          + " removed too. Content that is not readable is reported and stays. The command may run"
          + " while the server runs."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:everything was correct",
      "1:something was wrong, even if it is removed now, or storage failed",
      "2:the arguments, the configuration or the store are not usable"
    },
    footerHeading = "%nExamples:%n",
    footer = {"  ${COMMAND-FULL-NAME} --dry-run --threads 4 /etc/cistern/config.yml"},
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class VerifyCommand implements Callable<Integer> {

  private final ConfiguredStore store;
  private final PrintStream out;
  private final PrintStream err;
  private final BooleanSupplier terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final StoreOptions options = new StoreOptions();

  private static final int MOST_THREADS = 64;

  @Option(names = "--dry-run", description = "Shows what is wrong, and removes nothing.")
  private boolean dryRun;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "How many contents to read at the same time, from 1 to "
              + MOST_THREADS
              + "; ${DEFAULT-VALUE} by default.")
  private int threads = 2;

  /**
   * @param terminal whether {@code err} is a terminal
   */
  VerifyCommand(ConfiguredStore store, PrintStream out, PrintStream err, BooleanSupplier terminal) {
    this.store = store;
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws ConfigException, StorageException, InterruptedException {
    if (threads < 1 || threads > MOST_THREADS) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value for option '--threads': '"
              + threads
              + "' is not a number from 1 to "
              + MOST_THREADS);
    }
    return store.use(options, (config, driver) -> verify(driver));
  }

  private int verify(StorageDriver driver) throws IOException, InterruptedException {
    Mode mode = dryRun ? Mode.REPORT : Mode.REPAIR;
    VerificationReport report;
    if (!options.json && terminal.getAsBoolean()) {
      try (VerificationBar bar = new VerificationBar(err)) {
        report = Verification.run(driver, mode, threads, bar);
      }
    } else {
      report = Verification.run(driver, mode, threads, VerificationProgress.NONE);
    }
    VerificationResult result = new VerificationResult(report, mode);
    if (options.json) {
      Json.print(out, result::write);
    } else {
      result.print(out, err);
    }
    return report.isClean() ? CommandLineInterface.OK : CommandLineInterface.FAILED;
  }
}
