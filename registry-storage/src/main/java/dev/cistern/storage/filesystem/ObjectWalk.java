package dev.cistern.storage.filesystem;

import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Lists the objects below a directory, with one open directory per level. Files that are deleted
 * during the walk are skipped, which is normal for a cache in use. Linked directories are not
 * entered, so that the walk ends.
 */
final class ObjectWalk extends Spliterators.AbstractSpliterator<ObjectStat> {

  /** A directory and the prefix of the keys in it. */
  private record Level(OpenDirectory directory, String prefix) {}

  private final RootDirectory root;
  private final Deque<Level> levels = new ArrayDeque<>();

  private ObjectWalk(RootDirectory root) {
    super(Long.MAX_VALUE, Spliterator.NONNULL);
    this.root = root;
  }

  /** The caller closes the stream. */
  static Stream<ObjectStat> below(RootDirectory root, Path directory, String prefix)
      throws IOException {
    ObjectWalk walk = new ObjectWalk(root);
    walk.enter(directory, prefix.isEmpty() ? "" : prefix + "/");
    return StreamSupport.stream(walk, false).onClose(walk::close);
  }

  @Override
  public boolean tryAdvance(Consumer<? super ObjectStat> action) {
    while (!levels.isEmpty()) {
      Optional<ObjectStat> found;
      try {
        found = advance(levels.element());
      } catch (IOException e) {
        throw new UncheckedIOException(KnownFailure.ofRead(e));
      }
      if (found.isPresent()) {
        action.accept(found.get());
        return true;
      }
    }
    return false;
  }

  /**
   * Takes one step: finds an object, or enters or leaves a directory, or skips an entry. The result
   * is empty unless it is an object.
   */
  private Optional<ObjectStat> advance(Level level) throws IOException {
    Optional<Path> entry = level.directory().next();
    if (entry.isEmpty()) {
      levels.pop();
      level.directory().close();
      return Optional.empty();
    }
    String key = level.prefix() + entry.get().getFileName();
    try {
      return StorageKeys.isKey(key) ? inspect(entry.get(), key) : Optional.empty();
    } catch (NoSuchFileException e) {
      // Deleted since its directory was listed.
      return Optional.empty();
    }
  }

  private Optional<ObjectStat> inspect(Path entry, String key) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (attributes.isDirectory()) {
      enter(entry, key + "/");
      return Optional.empty();
    }
    if (attributes.isSymbolicLink()) {
      return root.linkedFile(entry).map(file -> stat(key, file));
    }
    return attributes.isRegularFile() ? Optional.of(stat(key, attributes)) : Optional.empty();
  }

  static ObjectStat stat(String key, BasicFileAttributes attributes) {
    return new ObjectStat(key, attributes.size(), attributes.lastModifiedTime().toInstant());
  }

  private void enter(Path directory, String prefix) throws IOException {
    OpenDirectory.of(directory).ifPresent(opened -> levels.push(new Level(opened, prefix)));
  }

  private void close() {
    try {
      while (!levels.isEmpty()) {
        levels.pop().directory().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
