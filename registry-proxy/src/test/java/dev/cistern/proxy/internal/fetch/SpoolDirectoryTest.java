package dev.cistern.proxy.internal.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolDirectoryTest {

  private static final Digest DIGEST = Digest.sha256("hello".getBytes(UTF_8));

  private final Path base;

  SpoolDirectoryTest(@TempDir Path base) {
    this.base = base;
  }

  private Path orphan() throws IOException {
    Path directory = Files.createDirectories(base.resolve(UUID.randomUUID().toString()));
    Files.createFile(directory.resolve("owner"));
    Files.writeString(directory.resolve("sha256-0-1"), "half a layer");
    return directory;
  }

  @Test
  void theDirectoryIsMadeOnlyWhenItIsNeeded() throws IOException {
    Path missing = base.resolve("spool");

    try (SpoolDirectory spools = SpoolDirectory.under(missing)) {
      assertThat(missing).doesNotExist();

      assertThat(spools.open(DIGEST).path()).exists().hasParent(onlyDirectoryIn(missing));
    }
  }

  @Test
  void eachTransferHasItsOwnFile() throws IOException {
    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      Path first = spools.open(DIGEST).path();
      Path second = spools.open(DIGEST).path();

      assertThat(first).isNotEqualTo(second);
      assertThat(first.getFileName().toString()).startsWith("sha256-" + DIGEST.hex());
    }
  }

  @Test
  void aDigestOfAnyAlgorithmMakesAFileName() throws IOException {
    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      assertThat(spools.open(Digest.of(DigestAlgorithm.SHA512, new byte[0])).path()).exists();
    }
  }

  @Test
  void whatADeadProcessLeftIsRemoved() throws IOException {
    Path orphan = orphan();
    Path empty = Files.createDirectory(base.resolve(UUID.randomUUID().toString()));

    SpoolDirectory.under(base).close();

    assertThat(orphan).doesNotExist();
    assertThat(empty).doesNotExist();
  }

  @Test
  void whatADeadProcessLeftUnfinishedIsGoneOnWith() throws IOException {
    Path left = unfinished(Instant.now(), "hel");

    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      assertThat(left.getParent()).doesNotExist();
      SpoolFile file = spools.open(DIGEST);
      assertThat(file.path()).hasContent("hel");
      assertThat(spools.open(DIGEST).path()).isEmptyFile();
    }
  }

  /** A file that has the first two bytes and the last one. */
  private Path withGap() throws IOException {
    Path orphan = Files.createDirectories(base.resolve(UUID.randomUUID().toString()));
    Files.createFile(orphan.resolve("owner"));
    Path left = orphan.resolve("sha256-" + DIGEST.hex() + "-1");
    Files.write(left, new byte[] {'h', 'e', 0, 0, 'o'});
    return left;
  }

  private static KeptPieces pieces(long... ends) {
    Runs runs = new Runs();
    for (int i = 0; i < ends.length; i += 2) {
      runs.add(ends[i], ends[i + 1]);
    }
    return KeptPieces.ofWhole(new Pieces(5, runs), Optional.of("\"tag\""));
  }

  @Test
  void whatADeadProcessWroteBeyondAGapIsGoneOnWith() throws IOException {
    Path left = withGap();
    new PieceRecord(left).begin(pieces(0, 2, 4, 5));

    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      assertThat(left.getParent()).doesNotExist();
      SpoolFile file = spools.open(DIGEST);
      assertThat(file.path()).hasBinaryContent(new byte[] {'h', 'e', 0, 0, 'o'});
      assertThat(file.pieces().orElseThrow().bytes()).isEqualTo(3);
      assertThat(file.pieces().orElseThrow().etag()).hasValue("\"tag\"");
      file.delete();
      assertThat(onlyDirectoryIn(base)).isDirectoryNotContaining("glob:**sha256-*");
    }
  }

  @Test
  void whatTheMachineMayNotHaveWrittenBeforeItStoppedIsCutOff() throws IOException {
    Path left = withGap();
    new PieceRecord(left, "another start").begin(pieces(0, 2, 4, 5));

    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      SpoolFile file = spools.open(DIGEST);
      assertThat(file.path()).hasContent("he");
      assertThat(file.pieces()).isEmpty();
      assertThat(onlyDirectoryIn(base)).isDirectoryNotContaining("glob:**pieces-*");
    }
  }

  @Test
  void ofAFileWhoseRecordIsCutNothingIsKept() throws IOException {
    Path left = withGap();
    Files.createFile(left.resolveSibling("pieces-" + left.getFileName()));

    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      assertThat(spools.open(DIGEST).path()).isEmptyFile();
    }
  }

  @Test
  void theRecordOfPiecesIsRemovedWithItsFileWhereThereIsNoOwner() throws IOException {
    Path orphan = orphan();
    Files.writeString(orphan.resolve("pieces-sha256-" + DIGEST.hex() + "-1"), "7");
    Files.delete(orphan.resolve("owner"));
    Files.delete(orphan.resolve("sha256-0-1"));

    SpoolDirectory.under(base).close();

    assertThat(orphan).doesNotExist();
  }

  @Test
  void whatIsOldIsNotGoneOnWith() throws IOException {
    Path left = unfinished(Instant.now().minus(Duration.ofDays(2)), "hel");

    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      assertThat(left.getParent()).doesNotExist();
      assertThat(spools.open(DIGEST).path()).isEmptyFile();
    }
  }

  @Test
  void ofTwoUnfinishedTransfersOfOneBlobOneIsKept() throws IOException {
    unfinished(Instant.now(), "hel");
    unfinished(Instant.now(), "hel");

    SpoolDirectory.under(base).close();

    try (Stream<Path> files = Files.walk(base)) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("sha256")))
          .hasSize(1);
    }
  }

  @Test
  void whatIsUnfinishedAtTheEndIsKeptForTheNext() throws IOException {
    SpoolDirectory first = SpoolDirectory.under(base);
    SpoolFile file = first.open(DIGEST);
    file.write("hel".getBytes(UTF_8), 0, 3, 0);
    file.release();
    first.keepUnfinished(DIGEST, file.path());
    first.close();

    try (SpoolDirectory next = SpoolDirectory.under(base)) {
      assertThat(next.open(DIGEST).path()).hasContent("hel");
    }
  }

  @Test
  void whatBecomesOldIsRemovedWhenMoreIsLeft() throws IOException {
    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      Path old = leave(spools, DIGEST);
      Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));

      Path recent = leave(spools, Digest.sha256("other".getBytes(UTF_8)));

      assertThat(old).doesNotExist();
      assertThat(recent).exists();
      assertThat(spools.open(DIGEST).path()).isEmptyFile();
    }
  }

  @Test
  void whatLiesWithoutAnOwnerFileIsRemovedAndNotGoneOnWith() throws IOException {
    Path directory = Files.createDirectory(base.resolve(UUID.randomUUID().toString()));
    Files.writeString(directory.resolve("sha256-" + DIGEST.hex() + "-7"), "hel");

    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      assertThat(directory).doesNotExist();
      assertThat(spools.open(DIGEST).path()).isEmptyFile();
    }
  }

  @Test
  void theOwnerFileMayVanishWhileTheDirectoryIsInUse() throws IOException {
    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      Path before = spools.open(DIGEST).path();
      Path owner = before.resolveSibling("owner");
      Files.delete(owner);

      assertThat(spools.open(DIGEST).path()).exists().hasParent(before.getParent());
      assertThat(owner).exists();
      assertThat(before).exists();
    }
  }

  private static Path leave(SpoolDirectory spools, Digest digest) throws IOException {
    SpoolFile file = spools.open(digest);
    file.write("hel".getBytes(UTF_8), 0, 3, 0);
    file.release();
    spools.keepUnfinished(digest, file.path());
    return file.path();
  }

  private Path unfinished(Instant modified, String content) throws IOException {
    Path file = Files.writeString(orphan().resolve("sha256-" + DIGEST.hex() + "-7"), content);
    return Files.setLastModifiedTime(file, FileTime.from(modified));
  }

  @Test
  void anotherSpoolOfThisProcessIsLeftAlone() throws IOException {
    try (SpoolDirectory first = SpoolDirectory.under(base)) {
      SpoolFile file = first.open(DIGEST);

      SpoolDirectory.under(base).close();

      assertThat(file.path()).exists();
    }
  }

  private static Process start(Class<?> main, String argument) throws IOException {
    Process started =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                argument)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    // Reading its output cannot be interrupted.
    CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(started::destroyForcibly);
    return started;
  }

  @Test
  void whatALivingProcessIsJustMakingIsLeftAlone() throws Exception {
    Process owner = start(BusySpools.class, base.toString());
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(owner.getInputStream(), UTF_8))) {
      while (owner.isAlive()) {
        SpoolDirectory.under(base).close();
      }
      assertThat(output.readLine()).isEqualTo("0");
    } finally {
      owner.destroyForcibly();
    }
    assertThat(base).isEmptyDirectory();
  }

  @Test
  void whatALivingProcessHasIsLeftAloneUntilItDies() throws Exception {
    Process owner = start(SpoolOwner.class, base.toString());
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(owner.getInputStream(), UTF_8))) {
      Path file = Path.of(output.readLine());

      SpoolDirectory.under(base).close();
      assertThat(file).exists();

      owner.destroyForcibly();
      assertThat(owner.waitFor(60, TimeUnit.SECONDS)).isTrue();
      try (SpoolDirectory next = SpoolDirectory.under(base)) {
        assertThat(file.getParent()).doesNotExist();
        assertThat(next.open(Digest.sha256(new byte[0])).path()).hasContent("half");
      }
    } finally {
      owner.destroyForcibly();
    }
  }

  @Test
  void whatIsNotASpoolIsLeftAlone() throws IOException {
    Path emptyDirectory = Files.createDirectory(base.resolve("empty"));
    Path ownersDirectory = Files.createDirectory(base.resolve("registry"));
    Path owner = Files.createFile(ownersDirectory.resolve("owner"));
    Path file = Files.createFile(base.resolve("file"));
    Path other = Files.createDirectory(base.resolve(UUID.randomUUID().toString()));
    Path othersFile = Files.createFile(other.resolve("sha256-of-something"));

    SpoolDirectory.under(base).close();

    assertThat(othersFile).exists();
    assertThat(emptyDirectory).exists();
    assertThat(owner).exists();
    assertThat(file).exists();
  }

  @Test
  void anAbandonedSpoolThatCannotBeRemovedDoesNotAffectOthers() throws IOException {
    Path stubborn = orphan();
    Files.createFile(Files.createDirectory(stubborn.resolve("directory")).resolve("file"));
    Path[] others = {orphan(), orphan(), orphan(), orphan()};

    SpoolDirectory.under(base).close();

    assertThat(stubborn).exists();
    for (Path other : others) {
      assertThat(other).doesNotExist();
    }
  }

  @Test
  void theDirectoryMayVanishWhileItIsInUse() throws IOException {
    try (SpoolDirectory spools = SpoolDirectory.under(base)) {
      SpoolFile before = spools.open(DIGEST);
      delete(onlyDirectoryIn(base));

      SpoolFile after = spools.open(DIGEST);

      before.write("still there".getBytes(UTF_8), 0, 11, 0);
      assertThat(before.read(new byte[20], 20, 0)).isEqualTo(11);
      assertThat(after.path()).exists();
      assertThat(after.path().resolveSibling("owner")).exists();
    }
  }

  @Test
  void closingLeavesNothing() throws IOException {
    SpoolDirectory spools = SpoolDirectory.under(base);
    spools.open(DIGEST);
    spools.close();
    spools.close();

    assertThat(base).isEmptyDirectory();
  }

  @Test
  void aBaseThatIsNoDirectoryFailsOnlyTheTransfer() throws IOException {
    Path file = Files.createFile(base.resolve("file"));

    try (SpoolDirectory spools = SpoolDirectory.under(file)) {
      assertThatIOException().isThrownBy(() -> spools.open(DIGEST));
    }
  }

  private static Path onlyDirectoryIn(Path directory) throws IOException {
    try (Stream<Path> directories = Files.list(directory)) {
      return directories.toList().get(0);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
