package dev.cistern.examples.striped;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.examples.striped.StripedDriver.Disk;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
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

    // Expected are 100 each; fewer than 50 cannot be chance.
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
  void itHasEveryPowerOfTheDriverThatItWraps() {
    assertThat(FilesystemDriver.class.getInterfaces())
        .allSatisfy(power -> assertThat(power).isAssignableFrom(StripedDriver.class));
  }

  @Test
  void theTimeOfTheLastUseSurvivesARestart() throws IOException {
    fill(open("a", "b", "c"));
    Instant lastUse = Instant.parse("2024-02-29T12:34:56Z");
    open("a", "b", "c").touch("some/7/data", lastUse);

    StorageDriver restarted = open("a", "b", "c");
    assertThat(restarted.stat("some/7/data").orElseThrow().modified()).isEqualTo(lastUse);
    try (Stream<ObjectStat> list = restarted.list("")) {
      assertThat(list.filter(stat -> stat.modified().equals(lastUse)).map(ObjectStat::key))
          .containsExactly("some/7/data");
    }
  }

  @Test
  void directoriesOnOneDiskHaveTheFreeSpaceOfThatDisk() throws IOException {
    long disk = Files.getFileStore(directory).getUsableSpace();

    // Others may use the disk during the test.
    assertThat(open("a", "b", "c").freeSpace()).isCloseTo(disk, Percentage.withPercentage(10));
  }

  @Test
  void theFirstDiskToBecomeFullDecidesTheFreeSpace() {
    assertThat(StripedDriver.freeSpace(List.of(new Disk(100, 1), new Disk(1000, 1))))
        .isEqualTo(200);
    assertThat(StripedDriver.freeSpace(List.of(new Disk(100, 2), new Disk(1000, 1))))
        .isEqualTo(150);
    assertThat(StripedDriver.freeSpace(List.of(new Disk(100, 3)))).isEqualTo(100);
    assertThat(StripedDriver.freeSpace(List.of(new Disk(0, 1), new Disk(1000, 9)))).isZero();
    assertThat(StripedDriver.freeSpace(List.of(new Disk(Long.MAX_VALUE, 1), new Disk(9, 1))))
        .isEqualTo(18);
  }

  @Test
  void anInspectionCreatesNothing() throws IOException {
    fill(open("a", "b"));

    DriverParameters parameters =
        DriverParameters.of(
            "striped",
            Map.of("directories", directory.resolve("a") + "," + directory.resolve("b")));
    try (StorageDriver driver = StorageDrivers.openExisting("striped", parameters)) {
      assertThat(keys(driver)).hasSize(OBJECTS);
    }

    Path missing = directory.resolve("missing");
    assertThatIOException()
        .isThrownBy(() -> StripedDriver.openExisting(List.of(directory.resolve("a"), missing)))
        .withMessageContaining(missing + " does not exist");
    assertThat(missing).doesNotExist();
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
