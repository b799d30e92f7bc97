package dev.cistern.storage.filesystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilesystemDriverTest {

  private final Path directory;
  private final Path root;
  private final FilesystemDriver driver;

  FilesystemDriverTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.root = directory.resolve("root");
    this.driver = FilesystemDriver.open(root);
  }

  @BeforeEach
  void startEmpty() throws IOException {
    assertThat(keys("")).isEmpty();
  }

  // Layout

  @Test
  void anObjectIsTheFileAtItsKey() throws IOException {
    put("docker/registry/v2/blobs/data", "content");
    assertThat(root.resolve("docker/registry/v2/blobs/data")).hasContent("content");
  }

  @Test
  void filesThatOtherProgramsWroteAreObjects() throws IOException {
    Files.createDirectories(root.resolve("a/b"));
    Files.writeString(root.resolve("a/b/c"), "content");

    assertThat(content("a/b/c")).isEqualTo("content");
    assertThat(keys("a")).containsExactly("a/b/c");
  }

  @Test
  void pathsThatAreNoKeysArePassedOver() throws IOException {
    Files.createDirectories(root.resolve("a/back\\slash"));
    Files.writeString(root.resolve("a/back\\slash/b"), "x");
    Files.writeString(root.resolve("a/line\nend"), "x");
    put("a/b", "x");

    assertThat(keys("")).containsExactly("a/b");
    assertThat(children("a")).containsExactly("b");
  }

  @Test
  void directoriesThatADeleteEmptiesAreTakenAway() throws IOException {
    put("a/b/c/d", "x");
    put("a/b/e", "x");
    driver.delete(List.of("a/b/c/d"));
    assertThat(root.resolve("a/b/c")).doesNotExist();
    driver.delete(List.of("a/b/e"));
    assertThat(root.resolve("a")).doesNotExist();
    assertThat(root).isDirectory();
    assertThat(driver.spoolDirectory()).isDirectory();
  }

  @Test
  void directoriesThatADeleteFindsEmptyAreTakenAway() throws IOException {
    Files.createDirectories(root.resolve("a/b/c"));
    put("a/e", "x");
    driver.delete(List.of("a/b/c/d"));
    assertThat(root.resolve("a/b")).doesNotExist();
    assertThat(content("a/e")).isEqualTo("x");
  }

  @Test
  void aDirectoryIsNotDeletedAsAnObject() throws IOException {
    Files.createDirectories(root.resolve("a/b"));
    driver.delete(List.of("a/b"));
    assertThat(root.resolve("a/b")).isDirectory();
  }

  // Publishing

  @Test
  void putIfAbsentHoldsWithoutHardLinks() throws IOException {
    try (FilesystemDriver linkless =
        FilesystemDriver.open(
            root,
            "the test",
            Clock.systemUTC(),
            (name, existing) -> {
              throw new UnsupportedOperationException("no links here");
            })) {
      assertThat(linkless.putIfAbsent("a/key", body("first"))).isTrue();
      assertThat(linkless.putIfAbsent("a/key", body("second"))).isFalse();
      assertThat(content("a/key")).isEqualTo("first");
    }
    assertNoLitter();
  }

  @Test
  void aRaceThatIsLostToAnotherProcessLeavesItsObject() throws IOException {
    // The other process publishes between the check of the name and the link.
    try (FilesystemDriver late =
        FilesystemDriver.open(
            root,
            "the test",
            Clock.systemUTC(),
            (name, existing) -> {
              Files.writeString(name, "theirs");
              Files.createLink(name, existing);
            })) {
      assertThat(late.putIfAbsent("a/key", body("ours"))).isFalse();
    }
    assertThat(content("a/key")).isEqualTo("theirs");
    assertNoLitter();
  }

  @Test
  void aDirectoryThatVanishesUnderAPublicationIsMadeAgain() throws IOException {
    int[] vanishing = {3};
    try (FilesystemDriver disturbed =
        FilesystemDriver.open(
            root,
            "the test",
            Clock.systemUTC(),
            (name, existing) -> {
              if (vanishing[0]-- > 0) {
                Files.delete(name.getParent());
                Files.delete(root.resolve("a"));
              }
              Files.createLink(name, existing);
            })) {
      assertThat(disturbed.putIfAbsent("a/b/key", body("content"))).isTrue();
    }
    assertThat(content("a/b/key")).isEqualTo("content");
  }

  @Test
  void aFailureToTakeTheNameLeavesNothing() throws IOException {
    Files.createDirectories(root.resolve("a/key/occupied"));
    assertThatIOException().isThrownBy(() -> put("a/key", "content"));
    assertThatIOException().isThrownBy(() -> driver.putIfAbsent("a/key/occupied", body("content")));
    assertNoLitter();
  }

  @Test
  void anObjectCannotBePutBelowAnObject() throws IOException {
    put("a/b", "content");
    assertThatIOException().isThrownBy(() -> put("a/b/c", "below"));
    assertThatIOException().isThrownBy(() -> put("a/b/c/d", "below"));
    assertThatIOException().isThrownBy(() -> driver.putIfAbsent("a/b/c", body("below")));
    assertThat(content("a/b")).isEqualTo("content");
    assertNoLitter();
  }

  @Test
  void aFileFromAnotherFilesystemIsAdoptedByCopy() throws IOException {
    Path elsewhere = Path.of("/dev/shm");
    assumeThat(elsewhere).isDirectory().isWritable();
    assumeThat(Files.getFileStore(elsewhere)).isNotEqualTo(Files.getFileStore(root));
    Path file = Files.createTempFile(elsewhere, "cistern", "adopted");
    try {
      Files.writeString(file, "content");
      driver.adopt(file, "a/key");
      assertThat(file).doesNotExist();
    } finally {
      Files.deleteIfExists(file);
    }
    assertThat(content("a/key")).isEqualTo("content");
    assertNoLitter();
  }

  @Test
  void aLinkIsNotAdopted() throws IOException {
    Path target = Files.writeString(directory.resolve("target"), "content");
    Path link = Files.createSymbolicLink(driver.spoolDirectory().resolve("link"), target);
    assertThatIOException()
        .isThrownBy(() -> driver.adopt(link, "a/key"))
        .withMessageContaining("a/key");
    assertThat(target).hasContent("content");
  }

  // Symbolic links

  @Test
  void whatLinksLeadOutOfTheRootIsNeitherReadNorWrittenNorListed() throws IOException {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Path secret = Files.writeString(outside.resolve("secret"), "secret");
    Files.createDirectory(root.resolve("a"));
    Files.createSymbolicLink(root.resolve("a/file"), secret);
    Files.createSymbolicLink(root.resolve("a/directory"), outside);

    for (String key : List.of("a/file", "a/directory/secret")) {
      assertThatIOException().isThrownBy(() -> driver.stat(key)).withMessageContaining("leads out");
      assertThatIOException()
          .isThrownBy(() -> driver.open(key, ObjectRange.ALL))
          .withMessageContaining("leads out");
      assertThatIOException()
          .isThrownBy(() -> driver.openChannel(key))
          .withMessageContaining("leads out");
    }
    assertThatIOException()
        .isThrownBy(() -> put("a/directory/new", "x"))
        .withMessageContaining("leads out");
    assertThatIOException().isThrownBy(() -> put("a/directory/new/deeper", "x"));
    assertThatIOException().isThrownBy(() -> driver.delete(List.of("a/directory/secret")));
    assertThatIOException().isThrownBy(() -> driver.list("a/directory").close());
    assertThat(keys("")).isEmpty();
    assertThat(children("a")).isEmpty();
    assertThat(outside)
        .isDirectoryContaining(path -> path.equals(secret))
        .isDirectoryNotContaining("glob:**new*");
  }

  @Test
  void aPutInPlaceOfALinkReplacesTheLink() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    Files.createDirectory(root.resolve("a"));
    Files.createSymbolicLink(root.resolve("a/file"), secret);

    put("a/file", "content");
    assertThat(content("a/file")).isEqualTo("content");
    assertThat(secret).hasContent("secret");
  }

  @Test
  void linksThatStayInsideAreFollowed() throws IOException {
    put("a/b", "content");
    Files.createSymbolicLink(root.resolve("a/link"), Path.of("b"));
    Files.createSymbolicLink(root.resolve("loop"), root);

    assertThat(content("a/link")).isEqualTo("content");
    assertThat(content("loop/a/b")).isEqualTo("content");
    assertThat(keys("")).containsExactlyInAnyOrder("a/b", "a/link");
    assertThat(children("")).containsExactly("a");
  }

  @Test
  void aLinkInACircleIsAFailureToReadAndPassedOverInListings() throws IOException {
    put("a/b", "content");
    Files.createSymbolicLink(root.resolve("a/circle"), Path.of("circle"));

    assertThatIOException().isThrownBy(() -> driver.stat("a/circle"));
    assertThat(keys("")).containsExactly("a/b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker", "docker/registry/v2", "docker/registry/v2/blobs/sha256"})
  void aStoreWithADirectoryThatIsALinkToAnotherPlaceIsNotOpened(String linked) throws IOException {
    Path disk = Files.createDirectory(directory.resolve("disk"));
    Path link = root.resolve(linked);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, disk);

    for (ThrowingCallable open :
        List.<ThrowingCallable>of(
            () -> FilesystemDriver.open(root), () -> FilesystemDriver.openExisting(root))) {
      assertThatIOException()
          .isThrownBy(open)
          .withMessageStartingWith(link + " is a symbolic link to " + disk)
          .withMessageContaining("mount --bind");
    }
    Files.delete(disk);
    assertThatIOException()
        .as("the other disk is not mounted")
        .isThrownBy(() -> FilesystemDriver.open(root));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docker",
        "docker/registry",
        "docker/registry/v2",
        "docker/registry/v2/blobs",
        "docker/registry/v2/blobs/sha256",
        "docker/registry/v2/repositories"
      })
  void aStoreWithAFileInPlaceOfADirectoryIsNotOpened(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "a note");

    for (ThrowingCallable open :
        List.<ThrowingCallable>of(
            () -> FilesystemDriver.open(root), () -> FilesystemDriver.openExisting(root))) {
      assertThatIOException()
          .isThrownBy(open)
          .withMessageStartingWith(file + " is not a directory")
          .withMessageContaining("rootdirectory");
    }
  }

  @Test
  void aFileThatIsALinkDoesNotKeepAStoreFromOpening() throws IOException {
    Files.createSymbolicLink(
        Files.createDirectory(root.resolve("docker")).resolve("note"),
        Files.writeString(directory.resolve("note"), "outside"));
    Files.createSymbolicLink(root.resolve("docker/dangling"), root.resolve("absent"));

    FilesystemDriver.open(root).close();
  }

  // Permissions

  @Test
  void otherUsersOfTheMachineCanReadNothing() throws IOException {
    put("a/b/key", "content");
    Path adopted = Files.writeString(driver.spoolDirectory().resolve("file"), "content");
    Files.setPosixFilePermissions(adopted, PosixFilePermissions.fromString("rw-r--r--"));
    driver.adopt(adopted, "a/c/key");

    try (Stream<Path> all = Files.walk(root)) {
      assertThat(all.filter(path -> !path.equals(root)))
          .allSatisfy(
              path ->
                  assertThat(Files.getPosixFilePermissions(path))
                      .doesNotContain(
                          PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_EXECUTE));
    }
  }

  @Test
  void theRootItselfMayBeALink() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), root);
    try (FilesystemDriver linked = FilesystemDriver.open(link)) {
      linked.put("a/key", body("content"));
      assertThat(content("a/key")).isEqualTo("content");
    }
  }

  // A missing root

  @Test
  void nothingIsAbsentFromAStoreThatIsGone() throws IOException {
    put("a/key", "content");
    Files.move(root, directory.resolve("unmounted"));

    assertThatIOException()
        .isThrownBy(() -> driver.stat("a/key"))
        .withMessageContaining("no longer exists");
    assertThatIOException()
        .isThrownBy(() -> driver.open("a/key", ObjectRange.ALL))
        .withMessageContaining("no longer exists");
    assertThatIOException()
        .isThrownBy(() -> driver.list("a").close())
        .withMessageContaining("no longer exists");
    assertThatIOException()
        .isThrownBy(() -> driver.delete(List.of("a/key")))
        .withMessageContaining("no longer exists");
    assertThatIOException()
        .isThrownBy(() -> put("a/key", "x"))
        .withMessageContaining("no longer exists");
    assertThat(root).doesNotExist();

    Files.move(directory.resolve("unmounted"), root);
    assertThat(content("a/key")).isEqualTo("content");
  }

  @Test
  void aStoreThatWasEmptiedGoesOn() throws IOException {
    put("a/key", "content");
    deleteAll(root.resolve("a"));
    deleteAll(root.resolve(".cistern"));

    assertThat(driver.stat("a/key")).isEmpty();
    put("a/key", "again");
    assertThat(content("a/key")).isEqualTo("again");
  }

  @Test
  void aReadOnlyRootIsAClearError() throws IOException {
    Path readOnly = Path.of("/proc/self");
    assumeThat(readOnly).isDirectory();
    assertThatIOException()
        .isThrownBy(() -> FilesystemDriver.open(readOnly))
        .withMessageContaining("the storage root directory /proc/")
        .withMessageContaining("is not writable");
  }

  /** As when the disk is full: much is written only when the file is forced to it. */
  @Test
  void aFileThatCannotBeForcedToDiskIsAKnownFailure() throws IOException {
    Path file = Files.createFile(driver.spoolDirectory().resolve("file"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r-----"));
    assumeThat(Files.isWritable(file)).as("root writes everything").isFalse();
    assertThatExceptionOfType(StorageException.class)
        .isThrownBy(() -> driver.adopt(file, "a/key"))
        .satisfies(e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.REFUSED));
  }

  // Abandoned temporary files

  @Test
  void whatADeadWriterLeftIsRemovedAtTheNextStart() throws IOException {
    Instant now = Instant.parse("2024-02-29T12:00:00Z");
    Path dead = Files.createFile(root.resolve(".cistern/tmp/dead"));
    Files.setLastModifiedTime(dead, FileTime.from(now.minus(Duration.ofMinutes(61))));
    Path living = Files.createFile(root.resolve(".cistern/tmp/living"));
    Files.setLastModifiedTime(living, FileTime.from(now.minus(Duration.ofMinutes(59))));
    Path spooled = Files.createFile(driver.spoolDirectory().resolve("spooled"));
    Files.setLastModifiedTime(spooled, FileTime.from(now.minus(Duration.ofDays(100))));

    FilesystemDriver.open(root, "the test", Clock.fixed(now, ZoneOffset.UTC), Files::createLink)
        .close();

    assertThat(dead).doesNotExist();
    assertThat(living).exists();
    assertThat(spooled).exists();
  }

  @Test
  void whatAWriterLeavesThatDiesLaterIsRemovedByOneOfTheNextWrites() throws IOException {
    Instant start = Instant.now();
    AtomicReference<Instant> now = new AtomicReference<>(start);
    InstantSource source = now::get;
    FilesystemDriver running =
        FilesystemDriver.open(root, "the test", source.withZone(ZoneOffset.UTC), Files::createLink);
    Path dead = Files.createFile(root.resolve(".cistern/tmp/dead"));
    Files.setLastModifiedTime(dead, FileTime.from(start));

    running.put("a/key", ObjectBody.of(new byte[1]));
    assertThat(dead).exists();
    now.set(start.plus(Duration.ofMinutes(61)));
    running.put("a/key", ObjectBody.of(new byte[1]));

    assertThat(dead).doesNotExist();
    running.close();
  }

  private void assertNoLitter() {
    assertThat(root.resolve(".cistern/tmp")).isEmptyDirectory();
  }

  private static void deleteAll(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    }
  }

  private static ObjectBody body(String content) {
    return ObjectBody.of(content.getBytes(UTF_8));
  }

  private void put(String key, String content) throws IOException {
    driver.put(key, body(content));
  }

  private String content(String key) throws IOException {
    try (FileChannel channel = driver.openChannel(key).orElseThrow()) {
      ByteBuffer buffer = ByteBuffer.allocate((int) channel.size());
      channel.read(buffer);
      return UTF_8.decode(buffer.flip()).toString();
    }
  }

  private List<String> keys(String prefix) throws IOException {
    try (Stream<ObjectStat> list = driver.list(prefix)) {
      return list.map(ObjectStat::key).toList();
    }
  }

  private List<String> children(String prefix) throws IOException {
    try (Stream<String> children = driver.children(prefix)) {
      return children.toList();
    }
  }
}
