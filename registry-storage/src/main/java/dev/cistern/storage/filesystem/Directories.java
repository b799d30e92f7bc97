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
 * Makes directories so that they survive a loss of power, and takes empty ones away.
 *
 * <p>A new directory is there for good only once its parent has been forced. Whoever finds a
 * directory already made must not build on it before that, or what he publishes could be lost with
 * it: so making and forcing happen under the write lock, and looking under the read lock. Other
 * processes over the same directory are not held off by that; they may only lose what they publish
 * in the very moment that another one makes its directory and the power goes.
 */
final class Directories {

  private static final Logger LOG = LoggerFactory.getLogger(Directories.class);

  private final RootDirectory root;
  private final ReadWriteLock making = new ReentrantReadWriteLock();

  Directories(RootDirectory root) {
    this.root = root;
  }

  /**
   * Makes the directory and what lies above it, as far as the root, which is never made anew.
   *
   * @throws NoSuchFileException when somebody took away in the meantime what had just been made:
   *     try again
   */
  void ensure(Path directory) throws IOException {
    making.readLock().lock();
    try {
      if (isThere(directory)) {
        return;
      }
    } finally {
      making.readLock().unlock();
    }
    root.requireThere();
    making.writeLock().lock();
    try {
      make(directory);
    } finally {
      making.writeLock().unlock();
    }
  }

  private void make(Path directory) throws IOException {
    if (isThere(directory)) {
      return;
    }
    Path parent = parent(directory);
    make(parent);
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      // Another process made it in this moment, or it is something else, which the next look will
      // tell.
      LOG.debug("{} was made by another process", directory);
    }
    force(parent);
  }

  private boolean isThere(Path directory) throws IOException {
    try {
      root.inside(directory);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Makes the names in the directory survive a loss of power. */
  static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * Takes the directory away if it is empty, and then those above it that it was the last one in,
   * but never the root.
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
      // Still in use, or somebody else is at it.
    } catch (IOException e) {
      LOG.debug("an empty directory stays: {}", empty, e);
    }
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path + " has no parent");
    }
    return parent;
  }
}
