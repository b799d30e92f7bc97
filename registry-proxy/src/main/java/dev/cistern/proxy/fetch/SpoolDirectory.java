package dev.cistern.proxy.fetch;

import dev.cistern.api.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where transfers on their way lie. Each running cache has a directory of its own under a base that
 * several may share:
 *
 * <pre>
 * spool/3f0c9d1e-…/owner                 locked for as long as the process lives
 * spool/3f0c9d1e-…/sha256-9f86d081…-1    what has arrived of sha256:9f86d081…
 * </pre>
 *
 * <p>A directory whose owner is gone is removed by the next cache that starts. The lock only says
 * that; were it wrong, the files of a living cache would lose their names, their readers would not
 * notice, and their content would be fetched again.
 */
public final class SpoolDirectory implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(SpoolDirectory.class);
  private static final String OWNER = "owner";

  // Looking at a lock of one's own process would drop it (POSIX), so these are never looked at.
  private static final Set<Path> ownedByThisProcess = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private long sequence;
  private @Nullable FileChannel owner;

  private SpoolDirectory(Path directory) {
    this.directory = directory;
  }

  /**
   * Takes a directory of its own under {@code base} and clears away those whose owners are gone.
   * Does not fail when the disk does: the directory is made when a file is first needed.
   */
  public static SpoolDirectory under(Path base) {
    Path absolute = base.toAbsolutePath().normalize();
    clearAbandoned(absolute);
    return new SpoolDirectory(absolute.resolve(UUID.randomUUID().toString()));
  }

  synchronized SpoolFile create(Digest digest) throws IOException {
    String name = digest.algorithm().wireName() + "-" + digest.hex() + "-" + ++sequence;
    try {
      return createOwned(name);
    } catch (NoSuchFileException e) {
      // Somebody removed the directory under us.
      disown();
      return createOwned(name);
    }
  }

  private SpoolFile createOwned(String name) throws IOException {
    if (owner == null) {
      own();
    }
    return SpoolFile.create(directory.resolve(name));
  }

  private void own() throws IOException {
    Files.createDirectories(directory);
    ownedByThisProcess.add(directory);
    FileChannel channel =
        FileChannel.open(
            directory.resolve(OWNER), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      channel.lock();
    } catch (IOException e) {
      // Some network file systems have no locks: another cache may clear this directory away.
      log.warn("Could not lock {}: {}", directory, e.toString());
    }
    owner = channel;
  }

  private void disown() throws IOException {
    if (owner != null) {
      owner.close();
      owner = null;
    }
  }

  private static void clearAbandoned(Path base) {
    if (!Files.isDirectory(base)) {
      return;
    }
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(base, Files::isDirectory)) {
      for (Path directory : directories) {
        if (!ownedByThisProcess.contains(directory) && isAbandoned(directory)) {
          log.info("Removing the unfinished transfers of an earlier run in {}", directory);
          deleteWithContent(directory);
        }
      }
    } catch (IOException e) {
      log.warn("Could not clear unfinished transfers under {}: {}", base, e.toString());
    }
  }

  private static boolean isAbandoned(Path directory) throws IOException {
    Path owner = directory.resolve(OWNER);
    try (FileChannel channel = FileChannel.open(owner, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (NoSuchFileException e) {
      // Just being made, or half removed when its remover died: only an empty one may go.
      return isEmpty(directory);
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  private static void deleteWithContent(Path directory) throws IOException {
    Path owner = directory.resolve(OWNER);
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, file -> !file.equals(owner))) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(owner);
    Files.deleteIfExists(directory);
  }

  /** Removes the directory with what is left in it. */
  @Override
  public synchronized void close() throws IOException {
    disown();
    if (Files.isDirectory(directory)) {
      deleteWithContent(directory);
    }
    ownedByThisProcess.remove(directory);
  }
}
