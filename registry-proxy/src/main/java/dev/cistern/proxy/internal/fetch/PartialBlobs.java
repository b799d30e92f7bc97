package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.store.BoundedStore;
import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blobs of which pieces are being read or received. The file of each is opened once. It is kept
 * or deleted when all have left. No lock is held for the work on the disk. Thread-safe.
 */
final class PartialBlobs {

  private static final Logger log = LoggerFactory.getLogger(PartialBlobs.class);

  private final BoundedStore store;
  private final SpoolDirectory spools;
  private final Executor spooling;

  /** Those whose files are being opened. */
  private final ConcurrentMap<Digest, CompletableFuture<Optional<PartialBlob>>> opening =
      new ConcurrentHashMap<>();

  /** Those that a reader or receiver has left. It may have been the last one. */
  private final Queue<PartialBlob> left = new ConcurrentLinkedQueue<>();

  /**
   * @param spooling closes files, which may take long
   */
  PartialBlobs(BoundedStore store, SpoolDirectory spools, Executor spooling) {
    this.store = store;
    this.spools = spools;
    this.spooling = spooling;
  }

  /** All of them. */
  Collection<PartialBlob> all() {
    return spools.partials().values();
  }

  /**
   * The blob, if its file is open; else its file is opened.
   *
   * @param repository the one that begins to fetch pieces if there are none
   * @param size of the whole blob
   * @return empty when there is an unfinished transfer of the whole blob; fails with the {@link
   *     IOException} of the disk
   */
  CompletionStage<Optional<PartialBlob>> open(RepositoryName repository, Digest digest, long size) {
    Optional<PartialBlob> open = current(digest);
    if (open.isPresent()) {
      return CompletableFuture.completedStage(open);
    }
    CompletableFuture<Optional<PartialBlob>> mine = new CompletableFuture<>();
    CompletableFuture<Optional<PartialBlob>> others = opening.putIfAbsent(digest, mine);
    if (others != null) {
      return others;
    }
    try {
      // Another one may have been opened since, which is no longer being opened.
      Optional<PartialBlob> opened = current(digest);
      if (opened.isEmpty()) {
        opened = openFile(repository, digest, size);
        opened.ifPresent(partial -> spools.partials().put(digest, partial));
      }
      opening.remove(digest, mine);
      mine.complete(opened);
    } catch (IOException | RuntimeException | Error e) {
      opening.remove(digest, mine);
      mine.completeExceptionally(e);
    }
    return mine;
  }

  private Optional<PartialBlob> current(Digest digest) {
    PartialBlob partial = spools.partials().get(digest);
    if (partial != null && partial.hasEnded()) {
      spools.partials().remove(digest, partial);
      return Optional.empty();
    }
    return Optional.ofNullable(partial);
  }

  private Optional<PartialBlob> openFile(RepositoryName repository, Digest digest, long size)
      throws IOException {
    Optional<SpoolFile> file = spools.openPieces(digest, size);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    PartialBlob partial =
        new PartialBlob(
            digest, file.get(), file.get().pieces().orElseThrow(), store.room(repository));
    if (partial.kept().bytes() == 0) {
      partial.startedBy(repository);
    }
    return Optional.of(partial);
  }

  /** From now on, readers do not find it. */
  void remove(PartialBlob partial) {
    spools.partials().remove(partial.digest(), partial);
  }

  /** Not here: this may be an I/O thread, also where a fetch ends that was dropped or rejected. */
  void settleSoon(PartialBlob partial) {
    left.add(partial);
    try {
      spooling.execute(this::settleLeft);
    } catch (RejectedExecutionException e) {
      log.debug("The pieces of blob {} stay open until the next request", partial.digest(), e);
    }
  }

  void settleLeft() {
    for (PartialBlob partial = left.poll(); partial != null; partial = left.poll()) {
      settle(partial);
    }
  }

  /** Keeps or deletes the file of a blob if all have left. */
  void settle(PartialBlob partial) {
    switch (partial.end(() -> keep(partial))) {
      case NONE -> {
        return;
      }
      case KEPT -> {}
      case LEAVE -> partial.close();
      case DELETE -> {
        partial.file().delete();
        partial.close();
      }
    }
    remove(partial);
  }

  private void keep(PartialBlob partial) {
    KeptPieces kept = partial.kept();
    boolean useful = kept.bytes() > 0 && !kept.repositories().isEmpty();
    if (!useful) {
      partial.file().delete();
    }
    partial.close();
    if (useful) {
      spools.keepPieces(partial.digest(), partial.file(), kept.settled());
    }
  }
}
