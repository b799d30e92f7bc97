package dev.cistern.proxy.internal.fetch;

import dev.cistern.storage.FailureText;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that shows whether the owner of a spool directory is running: the owner keeps it locked.
 * The owner creates and locks it before any other file of the directory. Another cache deletes it
 * only while it has the lock itself, together with the directory. So if the file is not locked, the
 * owner of the other files has ended. If the file is missing (programs that clean up temporary
 * files delete old ones), the owner may have ended or may still write to the other files.
 *
 * <p>Thread-safe. The lock is held only while the file is created or closed.
 */
final class OwnerFile implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(OwnerFile.class);

  /** Its name in the directory. */
  static final String NAME = "owner";

  // Testing a lock of this process would release it (POSIX), so these files are never tested.
  private static final Set<Path> heldByThisProcess = ConcurrentHashMap.newKeySet();

  private final Path directory;
  // Written under the lock of this.
  private volatile @Nullable FileChannel channel;

  /** The file of a directory that need not exist yet; {@link #ensure} creates both. */
  OwnerFile(Path directory) {
    this.directory = directory;
  }

  private static Path in(Path directory) {
    return directory.resolve(NAME);
  }

  /** Creates the directory and the locked file in it, unless they exist. */
  void ensure() throws IOException {
    if (!isHere()) {
      create();
    }
  }

  private boolean isHere() {
    return channel != null && !Files.notExists(in(directory));
  }

  private synchronized void create() throws IOException {
    if (isHere()) {
      return;
    }
    unlock();
    // First, so that no other spool of this process takes it over.
    heldByThisProcess.add(directory);
    Files.createDirectories(directory);
    FileChannel opened =
        FileChannel.open(in(directory), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel = opened;
    try {
      // Waits while another cache, which found the file before it was locked, removes the
      // directory.
      opened.lock();
    } catch (IOException e) {
      // Some network file systems have no locks. Another cache may remove this directory then.
      log.warn(
          "Could not lock {}; another cache may remove its transfers: {}",
          directory,
          FailureText.of(e));
    }
  }

  /**
   * Locks the file of a directory whose owner has ended.
   *
   * @return to be closed by the caller; empty when the owner is running
   * @throws java.nio.file.NoSuchFileException when there is no such file
   */
  static Optional<OwnerFile> claim(Path directory) throws IOException {
    if (!heldByThisProcess.add(directory)) {
      return Optional.empty();
    }
    OwnerFile claimed = new OwnerFile(directory);
    boolean locked = false;
    try {
      FileChannel opened = FileChannel.open(in(directory), StandardOpenOption.WRITE);
      claimed.channel = opened;
      locked = opened.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      log.debug("{} is locked by this process", directory);
    } finally {
      if (!locked) {
        claimed.close();
      }
    }
    return locked ? Optional.of(claimed) : Optional.empty();
  }

  /** Whether the owner of a directory has ended. */
  static boolean isAbandoned(Path directory) throws IOException {
    Optional<OwnerFile> claimed = claim(directory);
    if (claimed.isPresent()) {
      claimed.get().close();
    }
    return claimed.isPresent();
  }

  /** Whether a directory has no such file, and is not one of this process. */
  static boolean isMissing(Path directory) {
    return !heldByThisProcess.contains(directory) && Files.notExists(in(directory));
  }

  private void unlock() throws IOException {
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      open.close();
    }
  }

  /** Unlocks the file, and leaves it. */
  @Override
  public synchronized void close() throws IOException {
    try {
      unlock();
    } finally {
      heldByThisProcess.remove(directory);
    }
  }
}
