package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.store.RemovableTransfers;
import dev.cistern.storage.FailureText;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.SupportsAdoption;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory for the files of transfers in progress. Each running cache has its own, under a
 * base that several caches may share:
 *
 * <pre>
 * spool/3f0c9d1e-…/owner                 locked while the process runs
 * spool/3f0c9d1e-…/sha256-9f86d081…-1    the bytes received of sha256:9f86d081…
 * </pre>
 *
 * <p>For a file with gaps, see {@link PieceRecord}.
 *
 * <p>The file of an unfinished transfer, whose upstream failed or whose process ended, is kept so
 * that the next transfer of the blob can resume it, see {@link SpoolTakeover}. Files older than
 * {@link #KEPT} are removed when others are kept, and by the sweep of the store.
 */
public final class SpoolDirectory implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(SpoolDirectory.class);

  /**
   * A try fails when another process removes the directory. So many failures must have another
   * cause.
   */
  private static final int TRIES = 100;

  /** How long to keep an unfinished transfer. */
  static final Duration KEPT = Duration.ofDays(1);

  private final Path directory;
  private final OwnerFile owner;
  private final AtomicLong sequence = new AtomicLong();

  private final UnfinishedFiles unfinished = new UnfinishedFiles();

  /** The files of which pieces are being read or received. */
  private final ConcurrentMap<Digest, PartialBlob> partials = new ConcurrentHashMap<>();

  private SpoolDirectory(Path directory) {
    this.directory = directory;
    owner = new OwnerFile(directory);
  }

  /**
   * Chooses a new directory under {@code base}, and takes over unfinished transfers whose owners
   * have ended. Does not fail when the disk does: the directory is created for the first file.
   */
  public static SpoolDirectory under(Path base) {
    Path absolute = base.toAbsolutePath().normalize();
    SpoolDirectory spools = new SpoolDirectory(absolute.resolve(UUID.randomUUID().toString()));
    new SpoolTakeover(spools::takeOver).under(absolute);
    return spools;
  }

  private void takeOver(Digest digest, Path file, Optional<KeptPieces> pieces) throws IOException {
    owner.ensure();
    Path taken = newPath(digest);
    if (pieces.isPresent()) {
      // First: without it, the file would seem to have no gap.
      new PieceRecord(taken).begin(pieces.get());
    }
    Files.move(file, taken, StandardCopyOption.ATOMIC_MOVE);
    unfinished.keep(digest, taken, pieces);
    unfinished.removeOlderThan(Instant.now().minus(KEPT));
  }

  /** The default base for a driver. */
  public static Path baseFor(StorageDriver driver) {
    return driver instanceof SupportsAdoption adopter
        ? adopter.spoolDirectory()
        : UserDirectory.named("spool");
  }

  /**
   * Opens a file for the transfer of a whole blob: the one whose pieces are being received, that of
   * an unfinished transfer, or an empty one.
   */
  SpoolFile open(Digest digest) throws IOException {
    PartialBlob partial = partials.remove(digest);
    Optional<SpoolFile> handed = partial == null ? Optional.empty() : partial.handOver();
    return handed.isPresent() ? handed.get() : openUnshared(digest);
  }

  private SpoolFile openUnshared(Digest digest) throws IOException {
    Optional<UnfinishedFiles.Taken> left = unfinished.take(digest);
    return left.isPresent()
        ? open(digest, left.get().path(), left.get().pieces())
        : create(digest, Optional.empty());
  }

  private SpoolFile create(Digest digest, Optional<KeptPieces> pieces) throws IOException {
    return open(digest, newPath(digest), pieces);
  }

  private SpoolFile open(Digest digest, Path path, Optional<KeptPieces> pieces) throws IOException {
    Path file = path;
    Optional<KeptPieces> known = pieces;
    for (int tries = 1; ; tries++) {
      try {
        owner.ensure();
        return recorded(SpoolFile.open(file, known));
      } catch (NoSuchFileException e) {
        // An operator removed the directory, or another cache that saw it before it was locked.
        if (tries == TRIES) {
          throw e;
        }
        file = newPath(digest);
        known = known.map(lost -> KeptPieces.none(lost.size()));
      }
    }
  }

  /** The next process cannot know which bytes a new file for pieces will have. */
  private static SpoolFile recorded(SpoolFile file) throws IOException {
    if (file.pieces().isPresent() && file.pieces().get().bytes() == 0) {
      try {
        file.record().begin(file.pieces().get());
      } catch (IOException e) {
        file.delete();
        file.release();
        throw e;
      }
    }
    return file;
  }

  /**
   * Opens a file for pieces of a blob: the one that has some, or an empty one.
   *
   * @param size of the whole blob
   * @return the first reference to a file with {@linkplain SpoolFile#pieces pieces}; empty when
   *     there is an unfinished transfer of the whole blob, which is to be finished
   */
  Optional<SpoolFile> openPieces(Digest digest, long size) throws IOException {
    // In one step: others may remove it to make room.
    Optional<UnfinishedFiles.Taken> left = unfinished.takePieces(digest, size);
    if (left.isPresent()) {
      return Optional.of(open(digest, left.get().path(), left.get().pieces()));
    }
    if (unfinished.hasOfWhole(digest)) {
      return Optional.empty();
    }
    unfinished.discardPieces(digest);
    return Optional.of(create(digest, Optional.of(KeptPieces.none(size))));
  }

  /** The files of which pieces are being read or received. */
  ConcurrentMap<Digest, PartialBlob> partials() {
    return partials;
  }

  /** The pieces of a blob that clients have asked for, and that are here. */
  Optional<KeptPieces> kept(Digest digest) {
    PartialBlob partial = partials.get(digest);
    return partial != null ? Optional.of(partial.kept()) : unfinished.pieces(digest);
  }

  /** Whether pieces of a blob are here that this repository may not read. */
  boolean isKeptForOthers(RepositoryName repository, Digest digest) {
    PartialBlob partial = partials.get(digest);
    return partial != null
        ? !partial.isReadable(repository)
        : unfinished.pieces(digest).stream()
            .anyMatch(kept -> !kept.repositories().contains(repository));
  }

  /**
   * Keeps a file that is not written any more, with pieces from now on, for the next reader or
   * transfer.
   */
  void keepPieces(Digest digest, SpoolFile file, KeptPieces pieces) {
    try {
      if (pieces.areOfWhole()) {
        file.record().replace(pieces);
      }
      // Pieces that are read stay, though nothing is written.
      Files.setLastModifiedTime(file.path(), FileTime.from(Instant.now()));
    } catch (IOException e) {
      log.debug("Could not keep the record or the time of {}: {}", file.path(), FailureText.of(e));
    }
    // There may be thousands, and this is done for each client: old ones are left to the sweep.
    unfinished.keep(digest, file.path(), Optional.of(pieces));
  }

  /** Deletes what is kept of a blob, which is stored by now. */
  void discard(Digest digest) {
    unfinished.discard(digest);
  }

  /**
   * Keeps a file that is not written any more for the next transfer of its blob. Replaces an
   * earlier one.
   */
  void keepUnfinished(Digest digest, Path file) {
    unfinished.keep(digest, file, Optional.empty());
    unfinished.removeOlderThan(Instant.now().minus(KEPT));
  }

  /**
   * Creates and deletes a small file beside this directory, to see whether the disk answers. Does
   * not wait for other uses of this directory.
   */
  public void tryDisk() throws IOException {
    Path base = Objects.requireNonNull(directory.getParent(), "base");
    Path file = base.resolve("disk-check");
    Files.createDirectories(base);
    Files.write(file, new byte[1]);
    Files.deleteIfExists(file);
  }

  /** The unfinished transfers, which the store may remove to make room. */
  public RemovableTransfers unfinished() {
    return unfinished;
  }

  private Path newPath(Digest digest) {
    return directory.resolve(
        digest.algorithm().wireName() + "-" + digest.hex() + "-" + sequence.incrementAndGet());
  }

  /** Leaves unfinished transfers to the next cache, or removes the directory if there are none. */
  @Override
  public void close() throws IOException {
    try {
      if (unfinished.isEmpty() && Files.isDirectory(directory)) {
        SpoolTakeover.deleteWithContent(directory);
      }
    } finally {
      owner.close();
    }
  }
}
