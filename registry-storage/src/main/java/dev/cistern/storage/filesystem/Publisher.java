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
 * Gives a written and forced file its name in the store, at one stroke, and makes the name durable.
 *
 * <p>A name that must not replace another is given by a hard link, which the system refuses when
 * the name is taken, across processes and over NFS too. Where there are no hard links it is a look
 * and a rename under a lock that all publications of the name in this process take: then only this
 * process's own publications are kept apart.
 */
final class Publisher {

  /** Makes a second name for a file; fails when the name is taken. */
  @FunctionalInterface
  interface Linker {
    void link(Path name, Path existing) throws IOException;
  }

  /**
   * Each new try means that a concurrent delete emptied the directory in between, so this many mean
   * something else.
   */
  private static final int TRIES = 100;

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

  /** Moves the file to the target, in place of what may be there. */
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
   * Names the file as the target unless that is taken. The file may keep its old name too.
   *
   * @return whether it was free
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
        // No object has the name, and none can have it.
        throw e;
      }
      return false;
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException | UnsupportedOperationException e) {
      // Systems have many ways to say that they have no hard links; a real fault will show again
      // below.
      try {
        return moveUnlessTaken(file, target);
      } catch (IOException again) {
        again.addSuppressed(e);
        throw again;
      }
    }
  }

  private boolean moveUnlessTaken(Path file, Path target) throws IOException {
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
      throw new IllegalArgumentException(target + " has no parent");
    }
    boolean published = withDirectory(file, directory, step);
    if (published) {
      try {
        Directories.force(directory);
      } catch (NoSuchFileException e) {
        // The object has been deleted since, and its directory with it: there is nothing left to
        // make durable.
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
        if (tries == TRIES || Files.notExists(file)) {
          throw e;
        }
      }
    }
  }
}
