package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.proxy.internal.store.RemovableTransfers;
import dev.cistern.proxy.report.UnfinishedTransfers;
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
   * @param size how many bytes it has
   * @param since when it was last written, or its pieces were used
   * @param pieces what is known of it if it has gaps
   */
  private record Unfinished(Path path, long size, Instant since, Optional<KeptPieces> pieces) {

    static Unfinished of(Path path, Optional<KeptPieces> pieces) {
      try {
        return new Unfinished(
            path,
            pieces.isPresent() ? pieces.get().bytes() : Files.size(path),
            since(path),
            pieces);
      } catch (IOException e) {
        // The disk will probably not return its bytes either: remove it first.
        return new Unfinished(path, 0, Instant.MIN, Optional.empty());
      }
    }

    private static Instant since(Path path) throws IOException {
      return Files.getLastModifiedTime(path).toInstant();
    }

    /** Read again, because another program may have deleted the file. */
    boolean isOlderThan(Instant time) {
      try {
        return since(path).isBefore(time);
      } catch (IOException e) {
        return true;
      }
    }
  }

  /** A file that a transfer takes over. */
  record Taken(Path path, Optional<KeptPieces> pieces) {}

  // Guarded by this.
  private final Map<Digest, Unfinished> files = new HashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /** Keeps a file, and deletes an earlier one of the same blob. */
  synchronized void keep(Digest digest, Path path, Optional<KeptPieces> pieces) {
    discard(digest);
    Unfinished file = Unfinished.of(path, pieces);
    files.put(digest, file);
    bytes.addAndGet(file.size);
  }

  /** Deletes the file of a blob if there is one. */
  synchronized void discard(Digest digest) {
    take(digest).ifPresent(UnfinishedFiles::delete);
  }

  /** The pieces of a blob that clients have asked for; empty if there is no file of such ones. */
  synchronized Optional<KeptPieces> pieces(Digest digest) {
    Unfinished file = files.get(digest);
    return file == null ? Optional.empty() : file.pieces.filter(kept -> !kept.areOfWhole());
  }

  /** Whether there is a file of this blob that a fetch of the whole has left. */
  synchronized boolean hasOfWhole(Digest digest) {
    return files.containsKey(digest) && pieces(digest).isEmpty();
  }

  /** As {@link #take}, only for pieces of a blob of this size that clients have asked for. */
  synchronized Optional<Taken> takePieces(Digest digest, long size) {
    return pieces(digest).filter(kept -> kept.size() == size).flatMap(kept -> take(digest));
  }

  /** Hands a file over to the transfer that resumes from it. */
  synchronized Optional<Taken> take(Digest digest) {
    Unfinished file = files.remove(digest);
    if (file == null) {
      return Optional.empty();
    }
    bytes.addAndGet(-file.size);
    return Optional.of(new Taken(file.path, file.pieces));
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
      if (file.getValue().isOlderThan(time)) {
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

  private static void delete(Taken file) {
    try {
      SpoolFile.delete(file.path);
    } catch (IOException e) {
      log.warn("Could not delete spool file {}: {}", file.path, e.toString());
    }
  }
}
