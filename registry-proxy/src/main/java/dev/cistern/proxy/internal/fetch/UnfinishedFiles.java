package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.proxy.internal.store.RemovableTransfers;
import dev.cistern.proxy.report.UnfinishedTransfers;
import dev.cistern.storage.FailureText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
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

    Optional<KeptPieces> piecesForClients() {
      return pieces.filter(kept -> !kept.areOfWhole());
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

  // Never locked for the time of work on the disk: also threads that must not wait look here.
  private final ConcurrentMap<Digest, Unfinished> files = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /** Keeps a file, and deletes an earlier one of the same blob. */
  void keep(Digest digest, Path path, Optional<KeptPieces> pieces) {
    Unfinished file = Unfinished.of(path, pieces);
    // Before others may take it.
    bytes.addAndGet(file.size);
    Unfinished earlier = files.put(digest, file);
    if (earlier != null) {
      bytes.addAndGet(-earlier.size);
      delete(earlier.path);
    }
  }

  /** Deletes the file of a blob if there is one. */
  void discard(Digest digest) {
    take(digest).ifPresent(file -> delete(file.path));
  }

  /** As above, only for pieces that clients have asked for. */
  void discardPieces(Digest digest) {
    takePieces(digest, kept -> true).ifPresent(file -> delete(file.path));
  }

  /** The pieces of a blob that clients have asked for; empty if there is no file of such ones. */
  Optional<KeptPieces> pieces(Digest digest) {
    Unfinished file = files.get(digest);
    return file == null ? Optional.empty() : file.piecesForClients();
  }

  /** Whether there is a file of this blob that a fetch of the whole has left. */
  boolean hasOfWhole(Digest digest) {
    Unfinished file = files.get(digest);
    return file != null && file.piecesForClients().isEmpty();
  }

  /** As {@link #take}, only for pieces of a blob of this size that clients have asked for. */
  Optional<Taken> takePieces(Digest digest, long size) {
    return takePieces(digest, kept -> kept.size() == size);
  }

  private Optional<Taken> takePieces(Digest digest, Predicate<KeptPieces> which) {
    Unfinished file = files.get(digest);
    return file != null && file.piecesForClients().filter(which).isPresent()
        ? take(digest, file)
        : Optional.empty();
  }

  /** Hands a file over to the transfer that resumes from it. */
  Optional<Taken> take(Digest digest) {
    Unfinished file = files.get(digest);
    return file == null ? Optional.empty() : take(digest, file);
  }

  /** Empty when another transfer has taken it. */
  private Optional<Taken> take(Digest digest, Unfinished file) {
    if (!files.remove(digest, file)) {
      return Optional.empty();
    }
    bytes.addAndGet(-file.size);
    return Optional.of(new Taken(file.path, file.pieces));
  }

  boolean isEmpty() {
    return files.isEmpty();
  }

  @Override
  public long bytes() {
    return bytes.get();
  }

  @Override
  public OptionalLong removeOldest() {
    while (true) {
      Optional<Map.Entry<Digest, Unfinished>> oldest =
          files.entrySet().stream().min(Comparator.comparing(file -> file.getValue().since));
      if (oldest.isEmpty()) {
        return OptionalLong.empty();
      }
      if (remove(oldest.get())) {
        return OptionalLong.of(oldest.get().getValue().size);
      }
    }
  }

  @Override
  public UnfinishedTransfers removeOlderThan(Instant time) {
    UnfinishedTransfers found = UnfinishedTransfers.NONE;
    for (Map.Entry<Digest, Unfinished> file : files.entrySet()) {
      long size = file.getValue().size;
      if (!file.getValue().isOlderThan(time)) {
        found = found.plusKept(size);
      } else if (remove(file)) {
        found = found.plusExpired(size);
      }
    }
    return found;
  }

  private boolean remove(Map.Entry<Digest, Unfinished> file) {
    Optional<Taken> taken = take(file.getKey(), file.getValue());
    taken.ifPresent(
        removed -> {
          delete(removed.path);
          log.info(
              "Removed the unfinished transfer of blob {} to free space or because it is too old",
              file.getKey());
        });
    return taken.isPresent();
  }

  private static void delete(Path file) {
    try {
      SpoolFile.delete(file);
    } catch (IOException e) {
      log.warn("Could not delete spool file {}: {}", file, FailureText.of(e));
    }
  }
}
