package dev.cistern.storage.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.contract.StorageDriverContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class FilesystemDriverContractTest extends StorageDriverContract {

  private final Path root;

  FilesystemDriverContractTest(@TempDir Path root) {
    this.root = root;
  }

  @Override
  protected StorageDriver createDriver() throws Exception {
    return FilesystemDriver.open(root);
  }

  @AfterEach
  void noTemporaryFileIsLeft() {
    assertThat(root.resolve(".cistern/tmp")).isEmptyDirectory();
  }
}
