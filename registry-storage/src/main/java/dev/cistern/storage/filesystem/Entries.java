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
 * A directory being read. One that vanishes before or meanwhile has no more entries; that is no
 * failure.
 */
record Entries(DirectoryStream<Path> stream, Iterator<Path> iterator) implements Closeable {

  /** The caller closes it. */
  // Error Prone would have the stream closed here; it goes into the record, which is closed.
  @SuppressWarnings("StreamResourceLeak")
  static Optional<Entries> of(Path directory) throws IOException {
    try {
      DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
      return Optional.of(new Entries(stream, stream.iterator()));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    }
  }

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
