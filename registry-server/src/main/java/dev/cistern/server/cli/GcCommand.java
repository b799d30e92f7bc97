package dev.cistern.server.cli;

import dev.cistern.proxy.maintenance.GarbageCollection;
import dev.cistern.proxy.maintenance.GarbageReport;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.server.config.ConfigException;
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
      "Removes what has to go by the limits of the configuration, as a running server does by"
          + " itself, or tells what that is and why: proxy.maxsize, minfree, ttl, pin.",
      "May run beside a server, which writes down what it has used an hour or a tenth of proxy.ttl"
          + " late: what has been used since may look older here than it is to the server."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:done",
      "1:storage failed, or would not let everything go",
      "2:the arguments, the configuration or the store cannot be used"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class GcCommand implements Callable<Integer> {

  /** One of the two has to be said: what deletes should not be what happens by accident. */
  private static final class Action {
    @Option(names = "--dry-run", description = "Tells what would go, and removes nothing.")
    private boolean dryRun;

    @Option(names = "--now", description = "Removes it.")
    private boolean now;

    Tense tense() {
      return now && !dryRun ? Tense.DONE : Tense.WOULD;
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
    Tense tense = action.tense();
    GarbageReport report = tense == Tense.DONE ? collection.run() : collection.dryRun();
    GarbageResult result = new GarbageResult(report, limits, tense);
    if (options.json) {
      Json.print(out, result::write);
    } else {
      result.print(out, err);
    }
    return report.failures().isEmpty() ? CommandLineInterface.OK : CommandLineInterface.FAILED;
  }

  /** Whether it has happened. */
  enum Tense {
    DONE,
    WOULD
  }
}
