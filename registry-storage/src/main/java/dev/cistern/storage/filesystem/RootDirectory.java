package dev.cistern.storage.filesystem;

import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory of all objects. Symbolic links in it are followed if they stay inside; one that
 * leads out is an error, whatever its target.
 */
final class RootDirectory {

  /** Where a registry has all its content. Other directories in the root are no concern of ours. */
  private static final String CONTENT = "docker";

  /** The directories that every registry has in its content. */
  private static final List<String> DIRECTORIES =
      List.of(
          "docker",
          "docker/registry",
          "docker/registry/v2",
          "docker/registry/v2/blobs",
          "docker/registry/v2/blobs/sha256",
          "docker/registry/v2/repositories");

  /**
   * How deep to look for symbolic links in it when the root is opened: for {@code
   * docker/registry/v2/blobs/sha256}.
   */
  private static final int LINK_DEPTH = 4;

  private final Path root;

  private RootDirectory(Path root) {
    this.root = root;
  }

  /**
   * Creates the directory if it does not exist. The root itself may be a symbolic link, which is
   * the operator's decision.
   *
   * @param setting where the operator can choose another directory, for messages
   */
  static RootDirectory open(Path path, String setting) throws IOException {
    try {
      create(path.toAbsolutePath());
      return checked(path.toRealPath());
    } catch (UnusableDirectoryException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          "the storage root directory "
              + path.toAbsolutePath()
              + " cannot be opened or created: "
              + FailureReason.of(e)
              + "; create it for this user, or set "
              + setting,
          e);
    }
  }

  /** Opens an existing directory. */
  static RootDirectory openExisting(Path path) throws IOException {
    String name = "the storage root directory " + path.toAbsolutePath();
    try {
      Path real = path.toRealPath();
      if (!Files.isDirectory(real)) {
        throw new IOException(name + " is not a directory");
      }
      return checked(real);
    } catch (NoSuchFileException e) {
      throw new IOException(name + " does not exist", e);
    } catch (FileSystemException e) {
      throw new IOException(name + " cannot be opened: " + FailureReason.of(e), e);
    }
  }

  /**
   * Fails if a directory near the top is a symbolic link that leads out of it, or no directory: all
   * that is stored below it would be out of reach.
   */
  private static RootDirectory checked(Path real) throws IOException {
    RootDirectory root = new RootDirectory(real);
    Path content = real.resolve(CONTENT);
    if (Files.notExists(content, LinkOption.NOFOLLOW_LINKS)) {
      return root;
    }
    Optional<Path> out;
    try (Stream<Path> near = Files.walk(content, LINK_DEPTH)) {
      out = near.filter(Files::isSymbolicLink).filter(link -> leadsOut(real, link)).findFirst();
    } catch (UncheckedIOException e) {
      // A directory that cannot be read, or that was deleted at this moment: a request will tell.
      return root;
    }
    if (out.isPresent()) {
      throw UnusableDirectoryException.linked(real, out.get());
    }
    for (String name : DIRECTORIES) {
      Path directory = real.resolve(name);
      if (Files.exists(directory) && !Files.isDirectory(directory)) {
        throw UnusableDirectoryException.file(directory);
      }
    }
    return root;
  }

  private static boolean leadsOut(Path root, Path link) {
    try {
      if (Files.exists(link)) {
        return Files.isDirectory(link) && !link.toRealPath().startsWith(root);
      }
      // Perhaps the other disk is not mounted.
      return !link.resolveSibling(Files.readSymbolicLink(link)).normalize().startsWith(root);
    } catch (IOException e) {
      // Deleted at this moment, or unreadable: a request will tell.
      return false;
    }
  }

  private static void create(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return;
    }
    Path parent = Objects.requireNonNull(path.getParent(), "parent directory");
    create(parent);
    try {
      Files.createDirectory(path, Permissions.directory());
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

  /** The path for an object with this key. */
  Path target(String key) {
    return root.resolve(StorageKeys.requireKey(key));
  }

  /** The real path of the file or directory with this key; empty if there is none. */
  Optional<Path> existing(String prefix) throws IOException {
    Path path = root.resolve(StorageKeys.requirePrefix(prefix));
    try {
      return Optional.of(inside(path));
    } catch (NoSuchFileException e) {
      requireExists();
      return Optional.empty();
    } catch (FileSystemException e) {
      if (isBelowFile(path)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The attributes of the file at this real path; empty if it is not a file or was deleted. */
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
   * The attributes of the file that a symbolic link leads to; empty if that is not a file or is
   * outside of the root.
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
   * The real path, which is inside of the root.
   *
   * @throws NoSuchFileException if it does not exist
   * @throws IOException if it is outside of the root
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
   * Checks that the root exists. Without it, for example after its volume was unmounted, no object
   * may be reported as absent.
   */
  void requireExists() throws IOException {
    if (!Files.isDirectory(root)) {
      throw new StorageException(
          StorageException.Kind.UNAVAILABLE,
          "the storage root directory " + root + " no longer exists",
          null);
    }
  }

  /** Whether a parent of the path is a file, so that nothing can be at the path. */
  private boolean isBelowFile(Path path) {
    for (Path up = path.getParent(); up != null && !up.equals(root); up = up.getParent()) {
      if (Files.exists(up, LinkOption.NOFOLLOW_LINKS)) {
        return Files.isRegularFile(up);
      }
    }
    return false;
  }
}
