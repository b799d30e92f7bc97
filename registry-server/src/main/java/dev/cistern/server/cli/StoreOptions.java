package dev.cistern.server.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every command over a store takes. */
final class StoreOptions {

  @Parameters(
      arity = "0..1",
      paramLabel = "config.yml",
      description =
          "The configuration that the server runs with; what it is without one is as for serve.")
  @Nullable Path file;

  @Option(names = "--json", description = "Prints the result as one JSON object, without progress.")
  boolean json;
}
