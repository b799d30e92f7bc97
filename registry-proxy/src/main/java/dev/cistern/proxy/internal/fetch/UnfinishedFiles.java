package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.UnfinishedTransfers;
import dev.cistern.proxy.internal.store.RemovableTransfers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of unfinished transfers, one for each blob, to be resumed. Thread-safe. */
final class UnfinishedFiles implements RemovableTransfers {

  private static final Logger log = LoggerFactory.getLogger(UnfinishedFiles.class);

  /**
   * The file of one unfinished transfer.
   *
   * @param size in bytes
   * @param since when it was last written
   */
  private record Unfinished(Path path, long size, Instant since) {

    static Unfinished of(Path path) {
      try {
        return new Unfinished(path, Files.size(path), Files.getLastModifiedTime(path).toInstant());
      } catch (IOException e) {
        // The disk will probably not return its bytes either: remove it first.
        return new Unfinished(path, 0, Instant.MIN);
      }
    }
  }

  // Guarded by this.
  private final Map<Digest, Unfinished> files = new HashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /** Keeps a file, and deletes an earlier one of the same blob. */
  synchronized void keep(Digest digest, Path path) {
    take(digest).ifPresent(UnfinishedFiles::delete);
    Unfinished file = Unfinished.of(path);
    files.put(digest, file);
    bytes.addAndGet(file.size);
  }

  /** Hands a file over to the transfer that resumes from it. */
  synchronized Optional<Path> take(Digest digest) {
    Unfinished file = files.remove(digest);
    if (file == null) {
      return Optional.empty();
    }
    bytes.addAndGet(-file.size);
    return Optional.of(file.path);
  }

  synchronized boolean isEmpty() {
    return files.isEmpty();
  }

  @Override
  public long bytes() {
    return bytes.get();
  }

  @Override
  public synchronized OptionalLong removeOldest() {
    Optional<Map.Entry<Digest, Unfinished>> oldest =
        files.entrySet().stream().min(Comparator.comparing(file -> file.getValue().since));
    if (oldest.isEmpty()) {
      return OptionalLong.empty();
    }
    long size = oldest.get().getValue().size;
    remove(oldest.get().getKey());
    return OptionalLong.of(size);
  }

  @Override
  public synchronized UnfinishedTransfers removeOlderThan(Instant time) {
    UnfinishedTransfers found = UnfinishedTransfers.NONE;
    for (Map.Entry<Digest, Unfinished> file : List.copyOf(files.entrySet())) {
      long size = file.getValue().size;
      // Read again, because another program may have deleted the file.
      if (Unfinished.of(file.getValue().path).since.isBefore(time)) {
        remove(file.getKey());
        found = found.plusExpired(size);
      } else {
        found = found.plusKept(size);
      }
    }
    return found;
  }

  private void remove(Digest digest) {
    take(digest).ifPresent(UnfinishedFiles::delete);
    log.info(
        "Removed the unfinished transfer of blob {} to free space or because it is too old",
        digest);
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      log.warn("Could not delete spool file {}: {}", path, e.toString());
    }
  }
}
