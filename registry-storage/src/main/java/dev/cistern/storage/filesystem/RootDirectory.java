package dev.cistern.storage.filesystem;

import dev.cistern.storage.StorageKeys;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;

/**
 * The directory that everything lies in. Symbolic links below it are followed as long as they stay
 * inside; one that leads out is an error, whatever would be there.
 */
final class RootDirectory {

  private final Path root;

  private RootDirectory(Path root) {
    this.root = root;
  }

  /**
   * Makes the directory if it is not there. The root itself may be a symbolic link: that is the
   * operator's to choose.
   */
  static RootDirectory open(Path path) throws IOException {
    try {
      make(path.toAbsolutePath());
      return new RootDirectory(path.toRealPath());
    } catch (IOException e) {
      throw new IOException(
          "the storage root directory "
              + path.toAbsolutePath()
              + " cannot be opened or made: "
              + Reason.of(e),
          e);
    }
  }

  /** The directory as it is: there must be one. */
  static RootDirectory openExisting(Path path) throws IOException {
    String name = "the storage root directory " + path.toAbsolutePath();
    try {
      Path real = path.toRealPath();
      if (!Files.isDirectory(real)) {
        throw new IOException(name + " is not a directory");
      }
      return new RootDirectory(real);
    } catch (NoSuchFileException e) {
      throw new IOException(name + " does not exist", e);
    } catch (FileSystemException e) {
      throw new IOException(name + " cannot be opened: " + Reason.of(e), e);
    }
  }

  private static void make(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return;
    }
    Path parent = Objects.requireNonNull(path.getParent(), "parent of what is not the top");
    make(parent);
    try {
      Files.createDirectory(path);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(path)) {
        throw e;
      }
    }
    Directories.force(parent);
  }

  Path path() {
    return root;
  }

  /** Where an object of this key lies, or would lie. */
  Path target(String key) {
    return root.resolve(StorageKeys.requireKey(key));
  }

  /**
   * The real path of what is there under the key, file or directory; empty when there is nothing.
   */
  Optional<Path> existing(String prefix) throws IOException {
    Path path = root.resolve(StorageKeys.requirePrefix(prefix));
    try {
      return Optional.of(inside(path));
    } catch (NoSuchFileException e) {
      requireThere();
      return Optional.empty();
    } catch (FileSystemException e) {
      if (isBelowFile(path)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * The attributes of the object under the real path; empty when it is no file, or has just gone.
   */
  Optional<BasicFileAttributes> file(Path real) throws IOException {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return attributes.isRegularFile() ? Optional.of(attributes) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * The attributes of the object that a symbolic link leads to; empty when it leads to none, or
   * outside.
   */
  Optional<BasicFileAttributes> linkedFile(Path link) throws IOException {
    try {
      Path real = link.toRealPath();
      return real.startsWith(root) ? file(real) : Optional.empty();
    } catch (FileSystemException e) {
      return Optional.empty();
    }
  }

  /**
   * The real path, which lies inside.
   *
   * @throws NoSuchFileException when there is nothing
   */
  Path inside(Path path) throws IOException {
    Path real = path.toRealPath();
    if (!real.startsWith(root)) {
      throw new IOException(
          path + " leads out of the storage root directory " + root + ", to " + real);
    }
    return real;
  }

  /**
   * An object is absent only in a store that is there: a volume that was taken away holds no
   * answers.
   */
  void requireThere() throws IOException {
    if (!Files.isDirectory(root)) {
      throw new IOException("the storage root directory " + root + " is gone");
    }
  }

  /** Whether a file stands where the path needs a directory, so that nothing can be at the path. */
  private boolean isBelowFile(Path path) {
    for (Path up = path.getParent(); up != null && !up.equals(root); up = up.getParent()) {
      if (Files.exists(up, LinkOption.NOFOLLOW_LINKS)) {
        return Files.isRegularFile(up);
      }
    }
    return false;
  }
}
