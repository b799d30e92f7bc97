package dev.cistern.storage.filesystem;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates directories durably and removes empty ones.
 *
 * <p>A new directory survives a loss of power only after its parent has been forced to disk. Other
 * threads must not publish into it before that, because the object could be lost with the
 * directory: so directories are created and forced under the write lock and checked under the read
 * lock. The lock does not cover other processes. One may lose an object that it publishes while
 * another process creates the directory, if the power fails at that moment.
 */
final class Directories {

  private static final Logger LOG = LoggerFactory.getLogger(Directories.class);

  private final RootDirectory root;
  private final ReadWriteLock creation = new ReentrantReadWriteLock();

  Directories(RootDirectory root) {
    this.root = root;
  }

  /**
   * Creates the directory and its parents up to the root. The root itself is not created again.
   *
   * @throws NoSuchFileException if a new directory was removed at the same time: try again
   */
  void ensure(Path directory) throws IOException {
    creation.readLock().lock();
    try {
      if (exists(directory)) {
        return;
      }
    } finally {
      creation.readLock().unlock();
    }
    root.requireExists();
    creation.writeLock().lock();
    try {
      create(directory);
    } finally {
      creation.writeLock().unlock();
    }
  }

  private void create(Path directory) throws IOException {
    if (exists(directory)) {
      return;
    }
    Path parent = parent(directory);
    create(parent);
    try {
      Files.createDirectory(directory, Permissions.directory());
    } catch (FileAlreadyExistsException e) {
      // Another process created it, or it is not a directory, which the next step will detect.
      LOG.debug("{} exists already", directory);
    }
    force(parent);
  }

  private boolean exists(Path directory) throws IOException {
    try {
      root.inside(directory);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Forces the names in the directory to disk, so that they survive a loss of power. */
  static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * Removes the directory if it is empty, and then each parent that has become empty, but never the
   * root.
   */
  void prune(Path directory) {
    Path empty = directory;
    try {
      while (empty.startsWith(root.path())
          && !empty.equals(root.path())
          && Files.isDirectory(empty, LinkOption.NOFOLLOW_LINKS)) {
        Files.delete(empty);
        empty = parent(empty);
      }
    } catch (DirectoryNotEmptyException | NoSuchFileException e) {
      // In use, or another thread or process removed it.
    } catch (IOException e) {
      LOG.debug("Cannot remove the empty directory {}", empty, e);
    }
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path + " has no parent directory");
    }
    return parent;
  }
}
