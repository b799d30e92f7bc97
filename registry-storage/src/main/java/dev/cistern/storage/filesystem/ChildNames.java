package dev.cistern.storage.filesystem;

import dev.cistern.storage.StorageKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Lists the names in one directory that {@link ObjectWalk} would list or enter. */
final class ChildNames extends Spliterators.AbstractSpliterator<String> {

  private final RootDirectory root;
  private final OpenDirectory directory;
  private final String prefix;

  private ChildNames(RootDirectory root, OpenDirectory directory, String prefix) {
    super(Long.MAX_VALUE, Spliterator.NONNULL | Spliterator.DISTINCT);
    this.root = root;
    this.directory = directory;
    this.prefix = prefix;
  }

  /** The caller closes the stream. */
  static Stream<String> in(RootDirectory root, Path directory, String prefix) throws IOException {
    Optional<OpenDirectory> opened = OpenDirectory.of(directory);
    if (opened.isEmpty()) {
      return Stream.empty();
    }
    ChildNames names = new ChildNames(root, opened.get(), prefix.isEmpty() ? "" : prefix + "/");
    return StreamSupport.stream(names, false).onClose(names::close);
  }

  @Override
  public boolean tryAdvance(Consumer<? super String> action) {
    try {
      for (Optional<Path> entry = directory.next(); entry.isPresent(); entry = directory.next()) {
        String name = String.valueOf(entry.get().getFileName());
        if (StorageKeys.isKey(prefix + name) && isChild(entry.get())) {
          action.accept(name);
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(KnownFailure.ofRead(e));
    }
  }

  private boolean isChild(Path entry) throws IOException {
    return !Files.isSymbolicLink(entry) || root.linkedFile(entry).isPresent();
  }

  private void close() {
    try {
      directory.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
