package dev.cistern.storage.filesystem;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Gives a complete file its name in the store, atomically and durably.
 *
 * <p>A name that must not replace another one is given by a hard link: the system rejects it if the
 * name exists, also across processes and on NFS. On filesystems without hard links it is a check
 * and a rename under a lock, which excludes only other publications of this process.
 */
final class Publisher {

  /** Gives a file a second name; fails if the name exists. */
  @FunctionalInterface
  interface Linker {
    void link(Path name, Path existing) throws IOException;
  }

  /**
   * A retry is needed only if a concurrent deletion removed the directory. So many in a row must
   * have another cause.
   */
  private static final int MAX_TRIES = 100;

  private final Directories directories;
  private final Linker linker;
  private final Object[] locks = new Object[64];

  Publisher(Directories directories, Linker linker) {
    this.directories = directories;
    this.linker = linker;
    for (int i = 0; i < locks.length; i++) {
      locks[i] = new Object();
    }
  }

  /** Moves the file to the target and replaces an existing one. */
  void replace(Path file, Path target) throws IOException {
    publish(
        file,
        target,
        () -> {
          synchronized (lock(target)) {
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
          }
          return true;
        });
  }

  /**
   * Gives the file the target's name unless that exists. The file may keep its old name too.
   *
   * @return false if the name exists
   */
  boolean add(Path file, Path target) throws IOException {
    return publish(file, target, () -> link(file, target));
  }

  private boolean link(Path file, Path target) throws IOException {
    try {
      linker.link(target, file);
      return true;
    } catch (FileAlreadyExistsException e) {
      if (Files.isDirectory(target)) {
        // The name belongs to a directory, so no object can have it.
        throw e;
      }
      return false;
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException | UnsupportedOperationException e) {
      // Systems report missing support for hard links in many ways; any other failure will occur
      // again below.
      try {
        return moveUnlessPresent(file, target);
      } catch (IOException again) {
        again.addSuppressed(e);
        throw again;
      }
    }
  }

  private boolean moveUnlessPresent(Path file, Path target) throws IOException {
    synchronized (lock(target)) {
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
      return true;
    }
  }

  private Object lock(Path target) {
    return locks[Math.floorMod(target.hashCode(), locks.length)];
  }

  private interface Step {
    boolean run() throws IOException;
  }

  private boolean publish(Path file, Path target, Step step) throws IOException {
    Path directory = target.getParent();
    if (directory == null) {
      throw new IllegalArgumentException(target + " has no parent directory");
    }
    boolean published = withDirectory(file, directory, step);
    if (published) {
      try {
        Directories.force(directory);
      } catch (NoSuchFileException e) {
        // The object and its directory have been deleted since: nothing remains to be forced.
        return true;
      }
    }
    return published;
  }

  private boolean withDirectory(Path file, Path directory, Step step) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        directories.ensure(directory);
        return step.run();
      } catch (NoSuchFileException e) {
        if (tries == MAX_TRIES || Files.notExists(file)) {
          throw e;
        }
      }
    }
  }
}
