package dev.cistern.server.cli;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.maintenance.Purge;
import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.http.ImageName;
import dev.cistern.server.http.Routing;
import dev.cistern.server.report.Json;
import dev.cistern.server.report.PurgeResult;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code purge IMAGE [config.yml]}. */
@Command(
    name = "purge",
    description = {
      "Removes a tag, a digest or a repository from the store.",
      "",
      "A tag or digest takes along the manifests and blobs that nothing else in its repository"
          + " needs. Content that other repositories have stays for them. proxy.pin does not"
          + " protect from this. The next pull fetches from the upstream again.",
      "",
      "The command may run while the server runs, but the server does not notice at once: it goes"
          + " on answering from memory, for up to an hour."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} alpine:3.20               one tag",
      "  ${COMMAND-FULL-NAME} ghcr.io/owner/image       a repository with all its tags",
      "  ${COMMAND-FULL-NAME} --dry-run quay.io/owner/image@sha256:... /etc/cistern/config.yml"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the command succeeded",
      "1:nothing is cached under this name, or storage failed",
      "2:the arguments, the configuration or the store are not usable"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class PurgeCommand implements Callable<Integer> {

  private final ConfiguredStore store;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      description =
          "The name of an image as clients write it. Without a tag or digest, the whole"
              + " repository.")
  private String image = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "config.yml",
      description =
          "The configuration file of the server. Without it, the defaults are those of serve.")
  private @Nullable Path file;

  @Option(names = "--dry-run", description = "Shows what the command would remove.")
  private boolean dryRun;

  @Option(names = "--json", description = "Prints the result as one JSON object.")
  private boolean json;

  PurgeCommand(ConfiguredStore store, PrintStream out, PrintStream err) {
    this.store = store;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws ConfigException, StorageException, InterruptedException {
    StoreOptions options = new StoreOptions();
    options.file = file;
    return store.use(options, this::purge);
  }

  private int purge(ServerConfig config, StorageDriver driver) throws IOException {
    ImageName named = named(config);
    Purge purge = new Purge(driver);
    PurgeReport report =
        dryRun
            ? purge.dryRun(named.repository(), named.reference())
            : purge.run(named.repository(), named.reference());
    PurgeResult result =
        new PurgeResult(report, image, dryRun ? PurgeResult.Mode.DRY_RUN : PurgeResult.Mode.NOW);
    if (json) {
      Json.print(out, result::write);
    } else if (report.isEmpty()) {
      err.println(result.text());
    } else {
      result.print(out, err);
    }
    return report.isEmpty() || !report.failures().isEmpty()
        ? CommandLineInterface.FAILED
        : CommandLineInterface.OK;
  }

  private ImageName named(ServerConfig config) {
    try {
      return ImageName.parseCached(image, Routing.of(config.proxy()));
    } catch (RegistryException e) {
      throw new ParameterException(
          spec.commandLine(),
          "'" + image + "' is not the name of an image such as alpine:3.20: " + e.getMessage(),
          e);
    }
  }
}
