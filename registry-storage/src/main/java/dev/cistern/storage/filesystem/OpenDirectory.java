package dev.cistern.storage.filesystem;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;

/**
 * A directory that is being listed. If it is removed before or during that, it has no more entries;
 * that is not a failure.
 */
record OpenDirectory(DirectoryStream<Path> stream, Iterator<Path> iterator) implements Closeable {

  /** Opens the directory; empty if there is no such directory. The caller closes it. */
  // Error Prone expects the stream to be closed here, but the record closes it.
  @SuppressWarnings("StreamResourceLeak")
  static Optional<OpenDirectory> of(Path directory) throws IOException {
    try {
      DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
      return Optional.of(new OpenDirectory(stream, stream.iterator()));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    }
  }

  /** The next entry; empty at the end. */
  Optional<Path> next() throws IOException {
    try {
      return iterator.hasNext() ? Optional.of(iterator.next()) : Optional.empty();
    } catch (DirectoryIteratorException e) {
      if (e.getCause() instanceof NoSuchFileException) {
        return Optional.empty();
      }
      throw e.getCause();
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
