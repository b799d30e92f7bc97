package dev.cistern.server.cli;

import dev.cistern.proxy.maintenance.GarbageCollection;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.report.GarbageResult;
import dev.cistern.server.report.GarbageResult.Mode;
import dev.cistern.server.report.Json;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gc --dry-run|--now [config.yml]}. */
@Command(
    name = "gc",
    description = {
      "Removes content according to the limits of the configuration, or shows what it would"
          + " remove.",
      "",
      "The limits are proxy.maxsize, proxy.lowmark, proxy.minfree and proxy.ttl. proxy.pin names"
          + " the images to keep. A running server removes the same content by itself.",
      "",
      StoreOptions.BESIDE_A_SERVER
          + " So this command may remove content that clients have used within the last hour."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:the command succeeded",
      "1:storage failed, or some content could not be removed",
      "2:the arguments, the configuration or the store are not usable"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} --dry-run /etc/cistern/config.yml",
      "  ${COMMAND-FULL-NAME} --now --json /etc/cistern/config.yml"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class GcCommand implements Callable<Integer> {

  /** The user must choose one, so that the command never deletes by accident. */
  private static final class Action {
    @Option(names = "--dry-run", description = "Shows what the command would remove.")
    private boolean dryRun;

    @Option(names = "--now", description = "Removes it.")
    private boolean now;

    Mode mode() {
      return now && !dryRun ? Mode.NOW : Mode.DRY_RUN;
    }
  }

  private final ConfiguredStore store;
  private final PrintStream out;
  private final PrintStream err;
  private final InstantSource clock;

  @ArgGroup(multiplicity = "1")
  private Action action = new Action();

  @Mixin private final StoreOptions options = new StoreOptions();

  GcCommand(ConfiguredStore store, PrintStream out, PrintStream err, InstantSource clock) {
    this.store = store;
    this.out = out;
    this.err = err;
    this.clock = clock;
  }

  @Override
  public Integer call() throws ConfigException, StorageException, InterruptedException {
    return store.use(options, (config, driver) -> collect(config.proxy().limits(), driver));
  }

  private int collect(Limits limits, StorageDriver driver) throws IOException {
    GarbageCollection collection = new GarbageCollection(driver, limits, clock);
    Mode mode = action.mode();
    GarbageReport report = mode == Mode.NOW ? collection.run() : collection.dryRun();
    GarbageResult result = new GarbageResult(report, limits, mode);
    if (options.json) {
      Json.print(out, result::write);
    } else {
      result.print(out, err);
    }
    return report.failures().isEmpty() ? CommandLineInterface.OK : CommandLineInterface.FAILED;
  }
}
