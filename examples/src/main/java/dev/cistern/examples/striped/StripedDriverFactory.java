package dev.cistern.examples.striped;

import dev.cistern.api.Printable;
import dev.cistern.storage.DriverParameterException;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDriverFactory;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes the driver for {@code storage: {striped: {directories: "/mnt/a/cistern, /mnt/b/cistern"}}}.
 * The parameter {@code directories} is required: paths separated by commas. Directories that do not
 * exist are created.
 */
public final class StripedDriverFactory implements StorageDriverFactory {

  private static final String DIRECTORIES = "directories";

  /** For the service loader. */
  public StripedDriverFactory() {}

  @Override
  public String name() {
    return "striped";
  }

  @Override
  public Set<String> parameters() {
    return Set.of(DIRECTORIES);
  }

  @Override
  public Set<String> secretParameters() {
    return Set.of();
  }

  @Override
  public StorageDriver create(DriverParameters parameters) throws IOException {
    return open(parameters, StripedDriver::open);
  }

  @Override
  public StorageDriver openExisting(DriverParameters parameters) throws IOException {
    return open(parameters, StripedDriver::openExisting);
  }

  private StorageDriver open(DriverParameters parameters, Opening opening) throws IOException {
    String directories = parameters.requiredText(DIRECTORIES);
    try {
      return opening.open(paths(directories));
    } catch (IllegalArgumentException e) {
      throw new DriverParameterException(name(), DIRECTORIES, String.valueOf(e.getMessage()));
    }
  }

  private interface Opening {
    StorageDriver open(List<Path> directories) throws IOException;
  }

  private static List<Path> paths(String directories) {
    return Stream.of(directories.split(","))
        .map(String::strip)
        .filter(directory -> !directory.isEmpty())
        .map(StripedDriverFactory::path)
        .toList();
  }

  private static Path path(String directory) {
    try {
      return Path.of(directory);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "must be paths, but " + Printable.quoted(directory) + " is not", e);
    }
  }
}
