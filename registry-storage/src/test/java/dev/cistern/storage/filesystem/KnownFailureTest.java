package dev.cistern.storage.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownFailureTest {

  /** The text of the system, in a language that this does not know. */
  private final IOException translated = new IOException("\u5931\u8d25");

  private final Path root;

  KnownFailureTest(@TempDir Path directory) {
    root = directory.resolve("root");
  }

  private static Kind kind(ThrowingCallable call) {
    return catchThrowableOfType(StorageException.class, call).kind();
  }

  /** A body that a file system refuses. */
  private record Refused(IOException failure) implements ObjectBody {

    @Override
    public long size() {
      return 1;
    }

    @Override
    public InputStream open() throws IOException {
      throw failure;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      throw failure;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "No space left on device, FULL",
    "Disk quota exceeded, FULL",
    "Read-only file system, REFUSED",
    "Operation not permitted, REFUSED",
    "Stale file handle, UNAVAILABLE",
    "Input/output error, UNAVAILABLE"
  })
  void failureOfTheSystemHasItsKind(String text, Kind kind) {
    assertThat(KnownFailure.kind(new IOException(text))).contains(kind);
    assertThat(KnownFailure.kind(new FileSystemException("a", null, text))).contains(kind);
  }

  @Test
  void otherFailuresStayAsTheyAre(@TempDir Path existing) {
    IOException other = new IOException("something else");

    assertThat(KnownFailure.ofRead(other)).isSameAs(other);
    assertThat(KnownFailure.ofWrite(other, existing)).isSameAs(other);
  }

  @Test
  void failureInAnotherLanguageIsRefusedWhereTheFileSystemIsReadOnly() {
    Path classesOfJava = Path.of(URI.create("jrt:/java.base"));

    assertThat(KnownFailure.ofWrite(translated, classesOfJava))
        .isInstanceOfSatisfying(
            StorageException.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
              assertThat(failure).hasCause(translated);
            });
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void failureInAnotherLanguageIsFullWhereTheFileSystemHasNoSpace() {
    assertThat(KnownFailure.ofWrite(translated, Path.of("/proc")))
        .isInstanceOfSatisfying(
            StorageException.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.FULL));
  }

  @Test
  void fullDiskFailsAWriteAsFull() throws IOException {
    FilesystemDriver driver = FilesystemDriver.open(root);

    assertThat(
            kind(() -> driver.put("a/b", new Refused(new IOException("No space left on device")))))
        .isEqualTo(Kind.FULL);
    assertThat(
            kind(
                () ->
                    driver.putIfAbsent(
                        "a/b", new Refused(new IOException("No space left on device")))))
        .isEqualTo(Kind.FULL);
    assertThat(driver.stat("a/b")).isEmpty();
  }

  @Test
  void refusedPermissionFailsAWriteAsRefused() throws IOException {
    FilesystemDriver driver = FilesystemDriver.open(root);

    assertThat(kind(() -> driver.put("a/b", new Refused(new AccessDeniedException("a/b")))))
        .isEqualTo(Kind.REFUSED);
  }

  @Test
  void missingRootIsUnavailableAndNotAbsence() throws IOException {
    FilesystemDriver driver = FilesystemDriver.open(root);
    driver.put("a/b", ObjectBody.of(new byte[1]));
    Files.move(root, root.resolveSibling("elsewhere"));

    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> driver.stat("a/b"),
            () -> driver.open("a/b", ObjectRange.ALL),
            () -> driver.openChannel("a/b"),
            () -> driver.list("a"),
            () -> driver.children("a"),
            () -> driver.put("a/c", ObjectBody.of(new byte[1])))) {
      assertThat(kind(call)).isEqualTo(Kind.UNAVAILABLE);
    }
  }
}
