package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.store.Leftovers;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.SupportsAdoption;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
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
 * <p>What a transfer leaves unfinished, because the upstream failed or the process ended, is kept
 * for the next one of the same blob to go on from. A directory whose owner is gone is taken over by
 * the next cache that starts, and what is older than {@link #KEPT} is removed when others come. The
 * lock only says that an owner lives; were it wrong, the files of a living cache would lose their
 * names, their readers would not notice, and their content would be fetched again.
 */
public final class SpoolDirectory implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(SpoolDirectory.class);
  private static final String OWNER = "owner";

  /** The names of the files, as a glob. */
  static final String TRANSFERS = "sha*-*-*";

  /** How long an unfinished transfer is worth keeping. */
  static final Duration KEPT = Duration.ofDays(1);

  // Looking at a lock of one's own process would drop it (POSIX), so these are never looked at.
  private static final Set<Path> ownedByThisProcess = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private long sequence;
  private @Nullable FileChannel owner;

  private final UnfinishedFiles unfinished = new UnfinishedFiles();

  private SpoolDirectory(Path directory) {
    this.directory = directory;
  }

  /**
   * Takes a directory of its own under {@code base}, and over what those whose owners are gone have
   * left there. Does not fail when the disk does: the directory is made when a file is first
   * needed.
   */
  public static SpoolDirectory under(Path base) {
    Path absolute = base.toAbsolutePath().normalize();
    SpoolDirectory spools = new SpoolDirectory(absolute.resolve(UUID.randomUUID().toString()));
    spools.takeOverAbandoned(absolute);
    return spools;
  }

  /** Where the transfers to a driver lie, unless somebody wants them elsewhere. */
  public static Path baseFor(StorageDriver driver) {
    return driver instanceof SupportsAdoption adopter
        ? adopter.spoolDirectory()
        : Path.of(System.getProperty("java.io.tmpdir"), "cistern-spool");
  }

  /** Opens a file for a transfer: with what an earlier one left unfinished, else empty. */
  synchronized SpoolFile open(Digest digest) throws IOException {
    Optional<Path> left = unfinished.take(digest);
    try {
      return openOwned(left.isPresent() ? left.get() : newPath(digest));
    } catch (NoSuchFileException e) {
      // Somebody removed the directory under us.
      disown();
      return openOwned(newPath(digest));
    }
  }

  /** Leaves a released file for the next transfer of its blob, in place of an earlier one. */
  void keepUnfinished(Digest digest, Path file) {
    unfinished.keep(digest, file);
    unfinished.removeOlderThan(Instant.now().minus(KEPT));
  }

  /** What transfers have left, to be given up when it is not worth its room. */
  public Leftovers leftovers() {
    return unfinished;
  }

  /** Whether the file of an unfinished transfer is still of use. */
  private static boolean isWorthKeeping(Path file) {
    try {
      return Files.getLastModifiedTime(file).toInstant().isAfter(Instant.now().minus(KEPT))
          && Files.size(file) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  private Path newPath(Digest digest) {
    return directory.resolve(digest.algorithm().wireName() + "-" + digest.hex() + "-" + ++sequence);
  }

  private SpoolFile openOwned(Path file) throws IOException {
    if (owner == null) {
      own();
    }
    return SpoolFile.open(file);
  }

  private void own() throws IOException {
    // First, so that no other spool of this process ever takes it for abandoned.
    ownedByThisProcess.add(directory);
    Files.createDirectories(directory);
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

  private synchronized void takeOverAbandoned(Path base) {
    if (!Files.isDirectory(base)) {
      return;
    }
    try (DirectoryStream<Path> spools =
        Files.newDirectoryStream(base, SpoolDirectory::isNamedAsSpool)) {
      spools.forEach(this::takeOverIfAbandoned);
    } catch (IOException | DirectoryIteratorException e) {
      log.warn("Could not take over unfinished transfers under {}: {}", base, e.toString());
    }
  }

  /** The base is the operator's to choose, and may hold what is none of ours. */
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
      if (isAbandoned(spool)) {
        takeOver(spool);
        deleteWithContent(spool);
      }
    } catch (IOException e) {
      log.warn("Could not take over unfinished transfers in {}: {}", spool, e.toString());
    }
  }

  private void takeOver(Path abandoned) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(abandoned, TRANSFERS)) {
      for (Path file : files) {
        Optional<Digest> digest = digestOf(file);
        if (digest.isPresent() && isWorthKeeping(file)) {
          if (owner == null) {
            own();
          }
          Path taken = Files.move(file, newPath(digest.get()), StandardCopyOption.ATOMIC_MOVE);
          keepUnfinished(digest.get(), taken);
          log.info("Blob {} can go on from an unfinished transfer", digest.get());
        }
      }
    } catch (NoSuchFileException e) {
      // Another cache that starts at the same time was faster.
      log.debug("Unfinished transfers in {} are somebody else's: {}", abandoned, e.toString());
    }
  }

  private static Optional<Digest> digestOf(Path file) {
    String name = file.getFileName().toString();
    int algorithm = name.indexOf('-');
    int number = name.lastIndexOf('-');
    try {
      return Optional.of(
          Digest.parse(name.substring(0, algorithm) + ":" + name.substring(algorithm + 1, number)));
    } catch (RegistryException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** Whether the owner of a spool is gone. */
  static boolean isAbandoned(Path directory) throws IOException {
    if (ownedByThisProcess.contains(directory)) {
      return false;
    }
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

  /** Gives the directory up: to the next cache with what is unfinished, or removed when empty. */
  @Override
  public synchronized void close() throws IOException {
    disown();
    ownedByThisProcess.remove(directory);
    if (unfinished.isEmpty() && Files.isDirectory(directory)) {
      deleteWithContent(directory);
    }
  }
}
