package dev.cistern.storage.filesystem;

import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells of what kind a failure of the file system is. The JDK has a class for few of them, and for
 * the others only the system's text, which may be in another language. So when a write fails, the
 * file system is asked as well.
 */
final class KnownFailure {

  private static final Map<Kind, List<String>> TEXTS =
      Map.of(
          Kind.FULL,
          List.of("No space left on device", "Disk quota exceeded", "File too large"),
          Kind.REFUSED,
          List.of("Read-only file system", "Permission denied", "Operation not permitted"),
          Kind.UNAVAILABLE,
          List.of(
              "Stale file handle",
              "Transport endpoint is not connected",
              "Connection timed out",
              "Host is down",
              "Input/output error"));

  private KnownFailure() {}

  /** A read failed. */
  static IOException ofRead(IOException failure) {
    return typed(failure, kind(failure));
  }

  /** A write failed below the root directory. */
  static IOException ofWrite(IOException failure, Path root) {
    Optional<Kind> kind = kind(failure);
    return typed(failure, kind.isPresent() ? kind : ofFileSystem(failure, root));
  }

  private static IOException typed(IOException failure, Optional<Kind> kind) {
    return kind.isEmpty() || failure instanceof StorageException
        ? failure
        : new StorageException(kind.get(), FailureReason.of(failure), failure);
  }

  static Optional<Kind> kind(IOException failure) {
    if (failure instanceof AccessDeniedException
        || failure.getCause() instanceof ReadOnlyFileSystemException) {
      return Optional.of(Kind.REFUSED);
    }
    String text =
        failure instanceof FileSystemException known && known.getReason() != null
            ? known.getReason()
            : String.valueOf(failure.getMessage());
    return TEXTS.entrySet().stream()
        .filter(texts -> texts.getValue().contains(text))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** Only failures of the system: others say themselves what is wrong. */
  private static Optional<Kind> ofFileSystem(IOException failure, Path root) {
    boolean ofSystem =
        failure.getClass() == IOException.class || failure.getClass() == FileSystemException.class;
    if (!ofSystem) {
      return Optional.empty();
    }
    try {
      FileStore store = Files.getFileStore(root);
      if (store.isReadOnly()) {
        return Optional.of(Kind.REFUSED);
      }
      return store.getUsableSpace() == 0 ? Optional.of(Kind.FULL) : Optional.empty();
    } catch (IOException e) {
      failure.addSuppressed(e);
      return Optional.empty();
    }
  }
}
