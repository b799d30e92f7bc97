package dev.cistern.storage.filesystem;

import dev.cistern.storage.DriverParameterException;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDriverFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/**
 * Makes the driver for {@code storage: {filesystem: {rootdirectory: /var/lib/registry}}}. It has
 * Distribution's parameters:
 *
 * <ul>
 *   <li>{@code rootdirectory}, required: the directory of all objects; created if it does not
 *       exist.
 *   <li>{@code maxthreads}, a whole number of at least 1: checked but not used, because the driver
 *       has no threads.
 * </ul>
 */
public final class FilesystemDriverFactory implements StorageDriverFactory {

  private static final String ROOT_DIRECTORY = "rootdirectory";
  private static final String MAX_THREADS = "maxthreads";

  /** For the service loader. */
  public FilesystemDriverFactory() {}

  @Override
  public String name() {
    return "filesystem";
  }

  @Override
  public Set<String> parameters() {
    return Set.of(ROOT_DIRECTORY, MAX_THREADS);
  }

  @Override
  public Set<String> secretParameters() {
    return Set.of();
  }

  @Override
  public void check(DriverParameters parameters) {
    Path unused = root(parameters);
  }

  @Override
  public StorageDriver create(DriverParameters parameters) throws IOException {
    return FilesystemDriver.open(root(parameters), parameters.setting(ROOT_DIRECTORY));
  }

  @Override
  public StorageDriver openExisting(DriverParameters parameters) throws IOException {
    return FilesystemDriver.openExisting(root(parameters));
  }

  private Path root(DriverParameters parameters) {
    parameters.integer(MAX_THREADS, 1);
    return parameters
        .path(ROOT_DIRECTORY)
        .orElseThrow(() -> new DriverParameterException(name(), ROOT_DIRECTORY, "is required"));
  }
}
