package dev.cistern.server.cli;

import dev.cistern.proxy.maintenance.Verification;
import dev.cistern.proxy.maintenance.Verification.Mode;
import dev.cistern.proxy.maintenance.VerificationProgress;
import dev.cistern.proxy.maintenance.VerificationReport;
import dev.cistern.server.config.ConfigException;
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
      "Reads everything that is stored, holds it against its digest, and removes what is wrong: the"
          + " next request fetches it again. Links that are torn, or whose content is gone, go too."
          + " May run beside a server. What cannot be read is told and stays."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:nothing was wrong",
      "1:something was wrong, removed or not, or storage failed",
      "2:the arguments, the configuration or the store cannot be used"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class VerifyCommand implements Callable<Integer> {

  private final ConfiguredStore store;
  private final PrintStream out;
  private final PrintStream err;
  private final BooleanSupplier terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final StoreOptions options = new StoreOptions();

  @Option(names = "--dry-run", description = "Tells what is wrong, and removes nothing.")
  private boolean dryRun;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many contents to read at a time, from 1 to 64; 2 by default.")
  private int threads = 2;

  /**
   * @param terminal whether {@code err} is one
   */
  VerifyCommand(ConfiguredStore store, PrintStream out, PrintStream err, BooleanSupplier terminal) {
    this.store = store;
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws ConfigException, StorageException, InterruptedException {
    if (threads < 1 || threads > 64) {
      throw new ParameterException(
          spec.commandLine(), "Invalid value for option '--threads': not from 1 to 64");
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
