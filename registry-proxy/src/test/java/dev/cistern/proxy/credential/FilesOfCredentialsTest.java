package dev.cistern.proxy.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.proxy.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A password in a file, and what all such files have in common: that they are read again. */
class FilesOfCredentialsTest {

  private final Path directory;
  private final ManualClock clock = new ManualClock();

  FilesOfCredentialsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private Path write(String content) throws IOException {
    Path file = Files.writeString(directory.resolve("password"), content);
    // Long before the clock's now, so that the file has settled.
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    return file;
  }

  private CredentialSource open(Path file) throws IOException {
    return PasswordFile.open("jane", file, clock);
  }

  private static Credentials jane(String password) {
    return new Credentials("jane", password);
  }

  @Test
  void thePasswordIsTheContentWithoutTheEndOfItsLine() throws IOException {
    assertThat(open(write("hunter2")).credentials()).contains(jane("hunter2"));
    assertThat(open(write("hunter2\n")).credentials()).contains(jane("hunter2"));
    assertThat(open(write(" hunter2 \r\n")).credentials()).contains(jane(" hunter2 "));
    assertThat(open(write("pässwörd\n")).credentials()).contains(jane("pässwörd"));
  }

  @Test
  void aChangeIsFoundWithinASecond() throws IOException {
    CredentialSource source = open(write("hunter2"));
    write("hunter3+");

    assertThat(source.credentials()).contains(jane("hunter2"));
    clock.advance(Duration.ofSeconds(1));
    assertThat(source.credentials()).contains(jane("hunter3+"));
  }

  @Test
  void aReplacedFileIsFoundThoughItIsOfTheSameSizeAndTime() throws IOException {
    Path file = write("hunter2");
    CredentialSource source = open(file);
    Path next = Files.writeString(directory.resolve("next"), "hunter3");
    Files.setLastModifiedTime(next, Files.getLastModifiedTime(file));
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);

    clock.advance(Duration.ofSeconds(1));

    assertThat(source.credentials()).contains(jane("hunter3"));
  }

  @Test
  void aLinkThatLeadsElsewhereIsFoundAsKubernetesChangesSecrets() throws IOException {
    Path one = Files.createDirectory(directory.resolve("..1"));
    Path two = Files.createDirectory(directory.resolve("..2"));
    Files.writeString(one.resolve("password"), "hunter2");
    Files.writeString(two.resolve("password"), "hunter3");
    Path data = Files.createSymbolicLink(directory.resolve("..data"), one);
    Path file =
        Files.createSymbolicLink(directory.resolve("password"), Path.of("..data", "password"));
    CredentialSource source = open(file);

    Path next = Files.createSymbolicLink(directory.resolve("..next"), two);
    Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    clock.advance(Duration.ofSeconds(1));

    assertThat(source.credentials()).contains(jane("hunter3"));
  }

  @Test
  void aFileThatWasJustWrittenIsReadAgainThoughNothingShowsAChange() throws IOException {
    Path file = write("hunter2");
    FileTime now = FileTime.from(clock.instant());
    Files.setLastModifiedTime(file, now);
    CredentialSource source = open(file);
    Files.writeString(file, "hunter3");
    Files.setLastModifiedTime(file, now);

    clock.advance(Duration.ofSeconds(1));

    assertThat(source.credentials()).contains(jane("hunter3"));
  }

  @Test
  void aRefusalLooksAtOnce() throws IOException {
    CredentialSource source = open(write("hunter2"));
    write("hunter3+");

    assertThat(source.credentialsAfter(jane("hunter2"))).contains(jane("hunter3+"));
  }

  @Test
  void whatStoodThereCountsOnWhenTheFileCannotBeUsedAnyMore() throws IOException {
    Path file = write("hunter2");
    CredentialSource source = open(file);

    write("");
    clock.advance(Duration.ofSeconds(1));
    assertThat(source.credentials()).contains(jane("hunter2"));

    Files.delete(file);
    clock.advance(Duration.ofSeconds(1));
    assertThat(source.credentials()).contains(jane("hunter2"));

    write("hunter3");
    clock.advance(Duration.ofSeconds(1));
    assertThat(source.credentials()).contains(jane("hunter3"));
  }

  @Test
  void aFileThatCannotBeUsedFromTheStartIsNamedWithTheReason() throws IOException {
    Path missing = directory.resolve("missing");
    assertThatIOException()
        .isThrownBy(() -> open(missing))
        .withMessage(missing + " does not exist; create it, or name another file");
    assertThatIOException()
        .isThrownBy(() -> open(directory))
        .withMessage(directory + " is not a file");
    Path empty = write("\n");
    assertThatIOException()
        .isThrownBy(() -> open(empty))
        .withMessage(empty + " is empty; it must contain the password");
    Path lines = write("hunter2\nhunter3\n");
    assertThatIOException()
        .isThrownBy(() -> open(lines))
        .withMessageStartingWith(lines + " is not usable: ")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter"));
    Path large = Files.write(directory.resolve("large"), new byte[(1 << 20) + 1]);
    assertThatIOException()
        .isThrownBy(() -> open(large))
        .withMessage(large + " is larger than 1 MiB");
  }

  @Test
  void noTextShowsAPassword() throws IOException {
    Path file = write("hunter2");
    assertThat(open(file).toString()).contains(file.toString()).doesNotContain("hunter2");
  }
}
