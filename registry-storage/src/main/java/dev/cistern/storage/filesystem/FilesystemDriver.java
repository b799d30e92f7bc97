package dev.cistern.storage.filesystem;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageKeys;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsAdoption;
import dev.cistern.storage.SupportsFileChannel;
import dev.cistern.storage.SupportsFreeSpace;
import dev.cistern.storage.SupportsTouch;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Stores each object as a file in one root directory, with the key as its relative path:
 *
 * <pre>
 * &lt;root&gt;/docker/registry/v2/blobs/sha256/0a/0a4e.../data   an object
 * &lt;root&gt;/.cistern/tmp/                                     objects that are being written
 * &lt;root&gt;/.cistern/spool/                                   {@link #spoolDirectory}
 * </pre>
 *
 * <p>A write goes to a file in {@code tmp} and forces it to disk. Then the file gets its name: by a
 * rename, or by a hard link if it must not replace another file. Then the directory is forced, and
 * each directory that had to be created. Directories that are empty after a deletion are removed. A
 * file with a name never changes, so open files stay readable whatever happens to their names.
 *
 * <p>Several drivers, also in several processes, may share a root. Adoption needs no copy if the
 * root is one filesystem. Symbolic links are followed if they stay inside of the root; access
 * through one that leads out is an {@link IOException}, and listings ignore it. Listings do not
 * enter linked directories. Paths that are not valid keys, which other programs may leave, are
 * ignored.
 *
 * <p>A full disk, a refused permission, a file system that is read-only and a root that is missing
 * are {@link dev.cistern.storage.StorageException}s.
 *
 * <p>If only the last step of a write fails, which is forcing the directory, the object may exist
 * although the write throws.
 */
public final class FilesystemDriver
    implements StorageDriver,
        SupportsAdoption,
        SupportsFileChannel,
        SupportsTouch,
        SupportsFreeSpace {

  private final RootDirectory root;
  private final Directories directories;
  private final Staging staging;
  private final Publisher publisher;
  private final Path spool;

  private FilesystemDriver(RootDirectory root, Clock clock, Publisher.Linker linker) {
    Path own = root.path().resolve(StorageKeys.RESERVED);
    Path temporary = own.resolve("tmp");
    this.root = root;
    this.directories = new Directories(root);
    this.staging = new Staging(temporary, directories, clock);
    this.publisher = new Publisher(directories, linker);
    this.spool = own.resolve("spool");
  }

  /**
   * Opens the store in a directory and creates the directory if it does not exist.
   *
   * @throws IOException if the directory cannot be created or is not writable; the message names it
   *     and says why
   */
  public static FilesystemDriver open(Path root) throws IOException {
    return open(root, "storage.filesystem.rootdirectory");
  }

  /**
   * As above.
   *
   * @param setting where the operator can choose another directory, for messages, such as {@code
   *     proxy.local.rootdirectory}
   */
  public static FilesystemDriver open(Path root, String setting) throws IOException {
    return open(root, setting, Clock.systemUTC(), Files::createLink);
  }

  /**
   * Opens the store in an existing directory for inspection: creates nothing and does not check
   * whether the directory is writable.
   *
   * @throws IOException if there is no such directory; the message names it
   */
  public static FilesystemDriver openExisting(Path root) throws IOException {
    return new FilesystemDriver(
        RootDirectory.openExisting(root), Clock.systemUTC(), Files::createLink);
  }

  static FilesystemDriver open(Path path, String setting, Clock clock, Publisher.Linker linker)
      throws IOException {
    RootDirectory root = RootDirectory.open(path, setting);
    FilesystemDriver driver = new FilesystemDriver(root, clock, linker);
    try {
      driver.directories.ensure(driver.spool);
      driver.staging.prepare();
    } catch (IOException e) {
      throw new IOException(
          "the storage root directory "
              + root.path()
              + " is not writable: "
              + FailureReason.of(e)
              + "; give this user write access, or set "
              + setting,
          e);
    }
    return driver;
  }

  @Override
  public Optional<ObjectStat> stat(String key) throws IOException {
    try {
      Optional<Path> path = root.existing(StorageKeys.requireKey(key));
      return path.isEmpty()
          ? Optional.empty()
          : root.file(path.get()).map(file -> ObjectWalk.stat(key, file));
    } catch (IOException e) {
      throw KnownFailure.ofRead(e);
    }
  }

  @Override
  public Optional<StoredObject> open(String key, ObjectRange range) throws IOException {
    Optional<FileChannel> channel = openChannel(key);
    try {
      return channel.isEmpty() ? Optional.empty() : Optional.of(FileObject.over(channel.get()));
    } catch (IOException e) {
      throw KnownFailure.ofRead(e);
    }
  }

  @Override
  public Optional<FileChannel> openChannel(String key) throws IOException {
    try {
      Optional<Path> path = root.existing(StorageKeys.requireKey(key));
      // Checked before it is opened, because a directory would open and a pipe would block.
      return path.isEmpty() || root.file(path.get()).isEmpty()
          ? Optional.empty()
          : Optional.of(FileChannel.open(path.get(), StandardOpenOption.READ));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw KnownFailure.ofRead(e);
    }
  }

  @Override
  public void put(String key, ObjectBody body) throws IOException {
    Path target = root.target(key);
    try (Staging.Staged staged = staging.write(body)) {
      publisher.replace(staged.file(), target);
    } catch (IOException e) {
      throw KnownFailure.ofWrite(e, root.path());
    }
  }

  @Override
  public boolean putIfAbsent(String key, ObjectBody body) throws IOException {
    Path target = root.target(key);
    if (stat(key).isPresent()) {
      return false;
    }
    try (Staging.Staged staged = staging.write(body)) {
      return publisher.add(staged.file(), target);
    } catch (IOException e) {
      throw KnownFailure.ofWrite(e, root.path());
    }
  }

  @Override
  public Path spoolDirectory() {
    return spool;
  }

  @Override
  public void adopt(Path file, String key) throws IOException {
    Path target = root.target(key);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("cannot store " + file + " as " + key + ": it is not a file");
    }
    try {
      force(file);
      Permissions.restrict(file);
      publisher.replace(file, target);
    } catch (AtomicMoveNotSupportedException e) {
      // From another filesystem.
      put(key, ObjectBody.of(file));
      Files.delete(file);
    } catch (IOException e) {
      throw KnownFailure.ofWrite(e, root.path());
    }
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  @Override
  public void delete(Collection<String> keys) throws IOException {
    keys.forEach(StorageKeys::requireKey);
    @Nullable IOException failure = null;
    for (String key : keys) {
      try {
        delete(key);
      } catch (IOException e) {
        // The others are deleted all the same.
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw KnownFailure.ofWrite(failure, root.path());
    }
  }

  private void delete(String key) throws IOException {
    Path target = root.target(key);
    Optional<Path> directory = root.existing(parent(key));
    if (directory.isEmpty()
        || !Files.isDirectory(directory.get())
        || Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.deleteIfExists(target);
    directories.prune(directory.get());
  }

  @Override
  public void touch(String key, Instant time) throws IOException {
    try {
      Optional<Path> path = root.existing(StorageKeys.requireKey(key));
      if (path.isPresent() && root.file(path.get()).isPresent()) {
        Files.setLastModifiedTime(path.get(), FileTime.from(time));
      }
    } catch (NoSuchFileException e) {
      // Deleted at the same time: nothing to change.
    } catch (IOException e) {
      throw KnownFailure.ofWrite(e, root.path());
    }
  }

  @Override
  public long freeSpace() throws IOException {
    return Files.getFileStore(root.path()).getUsableSpace();
  }

  @Override
  public Set<StorageTrait> traits() {
    return Set.of(StorageTrait.READERS_OUTLIVE_DELETION);
  }

  @Override
  public Stream<ObjectStat> list(String prefix) throws IOException {
    try {
      Optional<Path> directory = root.existing(prefix);
      return directory.isEmpty() ? Stream.empty() : ObjectWalk.below(root, directory.get(), prefix);
    } catch (IOException e) {
      throw KnownFailure.ofRead(e);
    }
  }

  @Override
  public Stream<String> children(String prefix) throws IOException {
    try {
      Optional<Path> directory = root.existing(prefix);
      return directory.isEmpty() ? Stream.empty() : ChildNames.in(root, directory.get(), prefix);
    } catch (IOException e) {
      throw KnownFailure.ofRead(e);
    }
  }

  /** Does nothing: no file is open between calls. */
  @Override
  public void close() {}

  private static String parent(String key) {
    return key.substring(0, Math.max(0, key.lastIndexOf('/')));
  }
}
