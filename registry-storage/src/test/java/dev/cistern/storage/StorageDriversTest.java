package dev.cistern.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.storage.filesystem.FilesystemDriver;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageDriversTest {

  @Test
  void theDriversOfThisModuleAreFoundByName(@TempDir Path root) throws IOException {
    assertThat(StorageDrivers.names()).contains("filesystem", "inmemory");
    try (StorageDriver memory =
            StorageDrivers.create("inmemory", DriverParameters.none("inmemory"));
        StorageDriver files =
            StorageDrivers.create(
                "filesystem", filesystem(Map.of("rootdirectory", root.toString())))) {
      assertThat(memory).isInstanceOf(MemoryDriver.class);
      assertThat(files).isInstanceOf(FilesystemDriver.class);
    }
  }

  @Test
  void anUnknownNameIsAnErrorThatListsTheKnownOnes() {
    assertThatThrownBy(() -> StorageDrivers.create("s3", DriverParameters.none("s3")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'s3'", "filesystem", "inmemory");
  }

  @Test
  void parametersAreSecretUnlessTheirDriverSaysOtherwise() {
    StorageDriverFactory careless =
        new StorageDriverFactory() {
          @Override
          public String name() {
            return "careless";
          }

          @Override
          public Set<String> parameters() {
            return Set.of("password");
          }

          @Override
          public StorageDriver create(DriverParameters parameters) {
            return new MemoryDriver();
          }
        };
    assertThat(careless.secretParameters()).containsExactly("password");
    assertThat(StorageDrivers.shownParameters("filesystem"))
        .containsExactlyInAnyOrder("rootdirectory", "maxthreads");
    assertThat(StorageDrivers.shownParameters("unknown")).isEmpty();
  }

  @Test
  void aMissingRootDirectoryIsMade(@TempDir Path directory) throws IOException {
    Path root = directory.resolve("not/yet/there");
    StorageDrivers.create("filesystem", filesystem(Map.of("rootdirectory", root.toString())))
        .close();
    assertThat(root).isDirectory();
  }

  @Test
  void maxthreadsIsTakenAndChecked(@TempDir Path root) throws IOException {
    StorageDrivers.create(
            "filesystem", filesystem(Map.of("rootdirectory", root.toString(), "maxthreads", "100")))
        .close();
    assertThatThrownBy(
            () ->
                StorageDrivers.create(
                    "filesystem",
                    filesystem(Map.of("rootdirectory", root.toString(), "maxthreads", "many"))))
        .isInstanceOf(DriverParameterException.class)
        .hasMessageContaining("storage.filesystem.maxthreads");
  }

  @Test
  void theRootDirectoryIsRequired() {
    assertThatThrownBy(() -> StorageDrivers.create("filesystem", filesystem(Map.of())))
        .isInstanceOf(DriverParameterException.class)
        .hasMessage("storage.filesystem.rootdirectory is required");
  }

  @Test
  void anUnknownParameterIsAnErrorBeforeAnythingIsDone(@TempDir Path directory) {
    Path root = directory.resolve("root");
    assertThatThrownBy(
            () ->
                StorageDrivers.create(
                    "filesystem",
                    filesystem(Map.of("rootdirectory", root.toString(), "maxthread", "1"))))
        .isInstanceOf(DriverParameterException.class)
        .hasMessageContaining("its parameters are: maxthreads, rootdirectory");
    assertThat(root).doesNotExist();
  }

  @Test
  void aRootDirectoryThatCannotBeIsAClearError(@TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    for (Path root : new Path[] {file, file.resolve("below")}) {
      assertThatIOException()
          .isThrownBy(
              () ->
                  StorageDrivers.create(
                      "filesystem", filesystem(Map.of("rootdirectory", root.toString()))))
          .withMessageContaining("storage root directory " + root);
    }
  }

  @Test
  void whatIsOpenedAsItIsIsNotMade(@TempDir Path directory) throws IOException {
    Path none = directory.resolve("none");
    assertThatIOException()
        .isThrownBy(() -> openExisting(none))
        .withMessage("the storage root directory " + none + " does not exist");
    assertThat(none).doesNotExist();
    Path file = Files.createFile(directory.resolve("file"));
    assertThatIOException()
        .isThrownBy(() -> openExisting(file))
        .withMessage("the storage root directory " + file + " is not a directory");
    assertThatIOException()
        .isThrownBy(() -> openExisting(file.resolve("below")))
        .withMessageContaining("the storage root directory " + file);

    Path empty = Files.createDirectory(directory.resolve("empty"));
    openExisting(empty);
    assertThat(empty).isEmptyDirectory();
    StorageDrivers.openExisting("inmemory", DriverParameters.of("inmemory", Map.of())).close();
  }

  private static void openExisting(Path root) throws IOException {
    StorageDrivers.openExisting("filesystem", filesystem(Map.of("rootdirectory", root.toString())))
        .close();
  }

  private static DriverParameters filesystem(Map<String, String> values) {
    return DriverParameters.of("filesystem", values);
  }
}
