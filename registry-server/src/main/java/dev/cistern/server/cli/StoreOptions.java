package dev.cistern.server.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of every command for a store. */
final class StoreOptions {

  static final String BESIDE_A_SERVER =
      "The command may run while the server runs. The server writes the time of the last use to disk"
          + " with a delay of a tenth of proxy.ttl, at most an hour.";

  @Parameters(
      arity = "0..1",
      paramLabel = "config.yml",
      description =
          "The configuration file of the server. Without it, the defaults are those of serve.")
  @Nullable Path file;

  @Option(names = "--json", description = "Prints the result as one JSON object.")
  boolean json;
}
