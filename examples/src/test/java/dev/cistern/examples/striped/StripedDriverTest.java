package dev.cistern.examples.striped;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.storage.DriverParameterException;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDrivers;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StripedDriverTest {

  private static final int OBJECTS = 300;

  private final Path directory;

  StripedDriverTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void objectsAreSpreadEvenly() throws IOException {
    fill(open("a", "b", "c"));

    // A third of 300 each; less than 50 is beyond any chance.
    for (String stripe : List.of("a", "b", "c")) {
      assertThat(keys(FilesystemDriver.open(directory.resolve(stripe)))).hasSizeGreaterThan(50);
    }
  }

  @Test
  void theOrderOfTheDirectoriesMeansNothing() throws IOException {
    fill(open("a", "b", "c"));

    assertThat(keys(open("c", "a", "b"))).hasSize(OBJECTS);
  }

  @Test
  void aDirectoryMoreTakesItsShareAndNoOther() throws IOException {
    fill(open("a", "b", "c"));

    StorageDriver more = open("a", "b", "c", "d");
    Set<String> kept = keys(more);
    assertThat(kept).hasSizeBetween(OBJECTS / 2, OBJECTS - 1);

    fill(more);
    assertThat(keys(more)).hasSize(OBJECTS);
    assertThat(keys(FilesystemDriver.open(directory.resolve("d"))))
        .hasSize(OBJECTS - kept.size())
        .doesNotContainAnyElementsOf(kept);
  }

  @Test
  void aListingNamesEachObjectOnceWhateverIsLeftElsewhere() throws IOException {
    fill(open("a", "b"));
    StorageDriver more = open("a", "b", "c");
    fill(more);

    List<String> listed = new ArrayList<>();
    try (Stream<ObjectStat> list = more.list("")) {
      list.forEach(stat -> listed.add(stat.key()));
    }
    assertThat(listed).hasSize(OBJECTS).doesNotHaveDuplicates();
  }

  @Test
  void itIsFoundByItsName() throws IOException {
    String directories = directory.resolve("a") + ", " + directory.resolve("b");
    try (StorageDriver driver =
        StorageDrivers.create(
            "striped", DriverParameters.of("striped", Map.of("directories", directories)))) {
      assertThat(driver).isInstanceOf(StripedDriver.class);
    }
    assertThat(directory.resolve("a")).isDirectory();
    assertThat(directory.resolve("b")).isDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " , ", "/same,/same", "/outer,/outer/inner", "/a/../b, /b"})
  void directoriesThatMakeNoSenseAreRefused(String directories) {
    assertThatExceptionOfType(DriverParameterException.class)
        .isThrownBy(
            () ->
                new StripedDriverFactory()
                    .create(DriverParameters.of("striped", Map.of("directories", directories))))
        .withMessageStartingWith("storage.striped.directories ");
  }

  @Test
  void aDirectoryThatCannotBeUsedIsNamed() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatIOException()
        .isThrownBy(() -> open("a", "file"))
        .withMessageContaining(file.toString());
  }

  private StripedDriver open(String... names) throws IOException {
    return StripedDriver.open(Stream.of(names).map(directory::resolve).toList());
  }

  private static void fill(StorageDriver driver) throws IOException {
    for (String key : IntStream.range(0, OBJECTS).mapToObj(i -> "some/" + i + "/data").toList()) {
      driver.putIfAbsent(key, ObjectBody.of(key.getBytes(UTF_8)));
    }
  }

  private static Set<String> keys(StorageDriver driver) throws IOException {
    try (Stream<ObjectStat> list = driver.list("")) {
      return list.map(ObjectStat::key).collect(Collectors.toSet());
    }
  }
}
