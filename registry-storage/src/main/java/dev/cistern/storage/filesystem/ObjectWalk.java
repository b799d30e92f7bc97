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
 * Walks the objects below a directory, one directory of each level open at a time. What vanishes on
 * the way is passed over: that is what a cache at work looks like. Linked directories are not
 * entered, so that the walk ends.
 */
final class ObjectWalk extends Spliterators.AbstractSpliterator<ObjectStat> {

  /** A directory being read, and what a key in it begins with. */
  private record Level(Entries entries, String prefix) {}

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
        throw new UncheckedIOException(e);
      }
      if (found.isPresent()) {
        action.accept(found.get());
        return true;
      }
    }
    return false;
  }

  /**
   * One step: an object, or nothing yet, having entered or left a directory or passed over
   * something else.
   */
  private Optional<ObjectStat> advance(Level level) throws IOException {
    Optional<Path> entry = level.entries().next();
    if (entry.isEmpty()) {
      levels.pop();
      level.entries().close();
      return Optional.empty();
    }
    String key = level.prefix() + entry.get().getFileName();
    try {
      return StorageKeys.isKey(key) ? look(entry.get(), key) : Optional.empty();
    } catch (NoSuchFileException e) {
      // Deleted since its directory was read.
      return Optional.empty();
    }
  }

  private Optional<ObjectStat> look(Path entry, String key) throws IOException {
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
    Entries.of(directory).ifPresent(entries -> levels.push(new Level(entries, prefix)));
  }

  private void close() {
    try {
      while (!levels.isEmpty()) {
        levels.pop().entries().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
