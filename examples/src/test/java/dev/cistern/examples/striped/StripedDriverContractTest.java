package dev.cistern.examples.striped;

import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.contract.StorageDriverContract;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** Tests the driver against the contract. It needs only an empty store for each test. */
class StripedDriverContractTest extends StorageDriverContract {

  private final Path directory;

  StripedDriverContractTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Override
  protected StorageDriver createDriver() throws Exception {
    return StripedDriver.open(
        List.of(directory.resolve("a"), directory.resolve("b"), directory.resolve("c")));
  }
}
