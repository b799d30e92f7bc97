package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.storage.FailureText;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over the spool directories of caches that have ended: the files of unfinished transfers go
 * to the cache that starts, and the directory is removed.
 *
 * <p>Files in a directory without its {@code owner} file are removed: they count for no limit, and
 * cannot be resumed because their owner may still write to them. If it does, its readers do not
 * notice, and the blob is fetched again. For one thread.
 */
final class SpoolTakeover {

  private static final Logger log = LoggerFactory.getLogger(SpoolTakeover.class);

  /** The names of the files, as a glob. */
  static final String TRANSFERS = "sha*-*-*";

  /** Gets the files. */
  @FunctionalInterface
  interface Taker {

    /**
     * Takes a file away.
     *
     * @param pieces what it has if it has gaps
     */
    void take(Digest digest, Path file, Optional<KeptPieces> pieces) throws IOException;
  }

  private final Taker taker;

  SpoolTakeover(Taker taker) {
    this.taker = taker;
  }

  /** Looks at all directories under a base. Does not fail when the disk does. */
  void under(Path base) {
    if (!Files.isDirectory(base)) {
      return;
    }
    try (DirectoryStream<Path> spools =
        Files.newDirectoryStream(base, SpoolTakeover::isNamedAsSpool)) {
      spools.forEach(this::takeOverIfAbandoned);
    } catch (IOException | DirectoryIteratorException e) {
      log.warn("Could not take over unfinished transfers under {}: {}", base, FailureText.of(e));
    }
  }

  /** Whether this is a spool directory. The operator's base may contain other files. */
  static boolean isNamedAsSpool(Path path) {
    String name = path.getFileName().toString();
    try {
      return UUID.fromString(name).toString().equals(name)
          && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void takeOverIfAbandoned(Path spool) {
    try {
      if (OwnerFile.isMissing(spool)) {
        removeWithoutOwner(spool);
        return;
      }
      Optional<OwnerFile> claimed = OwnerFile.claim(spool);
      if (claimed.isPresent()) {
        try {
          takeOver(spool);
          deleteWithContent(spool);
        } finally {
          claimed.get().close();
        }
      }
    } catch (NoSuchFileException e) {
      log.debug("{} was taken over by another cache: {}", spool, FailureText.of(e));
    } catch (IOException e) {
      log.warn("Could not take over unfinished transfers in {}: {}", spool, FailureText.of(e));
    }
  }

  private void takeOver(Path abandoned) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(abandoned, TRANSFERS)) {
      for (Path file : files) {
        Optional<Digest> digest = digestOf(file);
        if (digest.isPresent()) {
          takeOver(digest.get(), file);
        }
      }
    } catch (NoSuchFileException e) {
      // Another cache started at the same time and was faster.
      log.debug(
          "Another cache took over the unfinished transfers in {}: {}",
          abandoned,
          FailureText.of(e));
    }
  }

  private void takeOver(Digest digest, Path file) throws IOException {
    Optional<KeptPieces> pieces = SpoolFile.recover(file);
    if (isWorthKeeping(file)) {
      taker.take(digest, file, pieces);
      log.info("Took over an unfinished transfer of blob {}; the next transfer resumes it", digest);
    }
  }

  /** Whether the file of an unfinished transfer can be resumed. */
  private static boolean isWorthKeeping(Path file) {
    try {
      return Files.getLastModifiedTime(file)
              .toInstant()
              .isAfter(Instant.now().minus(SpoolDirectory.KEPT))
          && Files.size(file) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<Digest> digestOf(Path file) {
    return digestOf(file.getFileName().toString());
  }

  private static Optional<Digest> digestOf(String name) {
    int algorithm = name.indexOf('-');
    int number = name.lastIndexOf('-');
    try {
      return Optional.of(
          Digest.parse(name.substring(0, algorithm) + ":" + name.substring(algorithm + 1, number)));
    } catch (RegistryException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** Removes the files of transfers, and the directory when there is nothing else in it. */
  private static void removeWithoutOwner(Path spool) throws IOException {
    List<Path> files = content(spool);
    // Checked again after listing the files, because an owner creates its file first.
    if (!OwnerFile.isMissing(spool)) {
      return;
    }
    boolean removable = true;
    for (Path file : files) {
      if (isOfTransfer(file.getFileName().toString())) {
        Files.deleteIfExists(file);
        log.info("Removed spool file {}: its directory has no owner file", file);
      } else {
        removable = false;
      }
    }
    if (removable) {
      Files.deleteIfExists(spool);
    }
  }

  private static boolean isOfTransfer(String name) {
    return digestOf(PieceRecord.fileOf(name).orElse(name)).isPresent();
  }

  private static List<Path> content(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  /** Deletes a directory, with its owner file at the end. */
  static void deleteWithContent(Path directory) throws IOException {
    Path owner = directory.resolve(OwnerFile.NAME);
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, file -> !file.equals(owner))) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(owner);
    Files.deleteIfExists(directory);
  }
}
