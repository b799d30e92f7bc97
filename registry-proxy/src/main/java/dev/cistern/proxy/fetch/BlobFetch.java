package dev.cistern.proxy.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One transfer of one blob from the upstream into a spool file, hashed as it is written.
 *
 * <p>{@link #run} does the transfer on the thread that calls it. Readers join with {@link #follow}
 * at any time, and read the same file from its first byte. The last {@value #WITHHELD} bytes become
 * visible only when the whole has been verified: whoever reads a wrong blob never gets to its end.
 * A blob no larger than that is answered whole or not at all, so that its failure can still be told
 * in an error answer.
 *
 * <p>Where the disk fails, the cache stands aside: readers keep what is in the file already, and
 * each gets what follows from the upstream by a {@link RelayedBlob} of its own.
 */
final class BlobFetch {

  /** How much of the end is kept back until the digest is known to be right, in bytes. */
  static final int WITHHELD = 64 * 1024;

  private static final int BUFFER = 64 * 1024;

  /** What a reader that joins is given. */
  private enum Answer {
    FOLLOW,
    RELAY,
    LOOK_IN_STORAGE
  }

  private final Digest digest;
  private final BlobSource source;
  private final SpoolDirectory spools;
  private final Executor transfers;
  private final BlobHash hash;
  private final FetchProgress progress = new FetchProgress();
  private final CompletableFuture<Answer> answer = new CompletableFuture<>();

  private volatile OptionalLong size = OptionalLong.empty();
  private volatile @Nullable SpoolFile spool;
  private volatile @Nullable UpstreamBlob body;
  private volatile boolean cancelled;

  BlobFetch(Digest digest, BlobSource source, SpoolDirectory spools, Executor transfers) {
    this.digest = digest;
    this.source = source;
    this.spools = spools;
    this.transfers = transfers;
    hash = BlobHash.of(digest.algorithm());
  }

  Digest digest() {
    return digest;
  }

  /** The size that the upstream declared, or the real one once the transfer is complete. */
  OptionalLong size() {
    return size;
  }

  FetchProgress progress() {
    return progress;
  }

  /**
   * Joins the transfer.
   *
   * @return completes when there is something to answer: the upstream has begun to send and the
   *     size is known, or the whole is here. Fails with the {@link RegistryException} that ended
   *     the transfer before that. Empty when the transfer is over and its file is gone: look in
   *     storage.
   */
  CompletionStage<Optional<BlobContent>> follow() {
    return answer.thenCompose(
        how ->
            switch (how) {
              case FOLLOW -> CompletableFuture.completedStage(newFollower());
              case RELAY -> relayFrom(0).opened().thenApply(Optional::of);
              case LOOK_IN_STORAGE -> CompletableFuture.completedStage(Optional.empty());
            });
  }

  private Optional<BlobContent> newFollower() {
    SpoolFile file = spool;
    return file != null && file.retain()
        ? Optional.of(new FollowedBlob(this, file))
        : Optional.empty();
  }

  /** A reader's own way to the bytes from {@code position} on, once the spool file has failed. */
  RelayedBlob relayFrom(long position) {
    // Without the bytes before it, the end can only be verified by those who hashed them.
    boolean known = position <= hash.length();
    long from = known ? position : hash.length();
    return RelayedBlob.start(digest, source, hash.fork(), from, transfers);
  }

  /**
   * Transfers and verifies the blob; returns when its readers can have all of it.
   *
   * @return the verified file, to be stored
   * @throws RegistryException when the upstream failed; readers do not know yet, see {@link #fail}
   * @throws SpoolException when the disk failed; readers do not know yet, see {@link #standAside}
   */
  SpoolFile run() throws RegistryException, SpoolException {
    SpoolFile file = createSpool();
    spool = file;
    try (UpstreamBlob opened = source.open(ResumePoint.START)) {
      body = opened;
      if (cancelled) {
        throw new RegistryException(ErrorCode.UNAVAILABLE, "The cache is shutting down");
      }
      size = opened.totalLength();
      if (size.isPresent() && size.getAsLong() > WITHHELD) {
        answer.complete(Answer.FOLLOW);
      }
      copy(opened, file);
    } finally {
      body = null;
    }
    hash.verify(digest, size);
    size = OptionalLong.of(file.size());
    progress.complete(file.size());
    answer.complete(Answer.FOLLOW);
    return file;
  }

  private SpoolFile createSpool() throws SpoolException {
    try {
      return spools.create(digest);
    } catch (IOException e) {
      throw new SpoolException(e);
    }
  }

  private void copy(UpstreamBlob from, SpoolFile file) throws RegistryException, SpoolException {
    byte[] buffer = new byte[BUFFER];
    for (int n = from.read(buffer, 0, BUFFER); n >= 0; n = from.read(buffer, 0, BUFFER)) {
      try {
        file.append(ByteBuffer.wrap(buffer, 0, n));
      } catch (IOException e) {
        throw new SpoolException(e);
      }
      hash.update(buffer, n, hash.length());
      progress.advance(visible(hash.length(), size));
    }
  }

  /** How many bytes readers may have of a blob of which {@code arrived} are here. */
  static long visible(long arrived, OptionalLong size) {
    return Math.min(arrived, size.orElse(arrived) - WITHHELD);
  }

  /** Tells all readers, those to come included, that the blob will not come. */
  void fail(RegistryException cause) {
    progress.fail(new IOException(cause.getMessage(), cause));
    answer.completeExceptionally(cause);
    discard();
  }

  /** Sends readers to the upstream for what is not in the file. */
  void standAside(SpoolException cause) {
    answer.complete(Answer.RELAY);
    progress.strand(cause);
    discard();
  }

  /** Sends those who joined to storage: the blob turned out to be there. */
  void leaveToStorage() {
    answer.complete(Answer.LOOK_IN_STORAGE);
  }

  private void discard() {
    SpoolFile file = spool;
    if (file != null) {
      file.delete();
    }
    close();
  }

  /** Makes the transfer fail, if it is still on its way. */
  void cancel() {
    cancelled = true;
    UpstreamBlob running = body;
    if (running != null) {
      running.cancel();
    }
  }

  /** Lets go of the file: readers that follow keep it, new ones find none. */
  void close() {
    SpoolFile file = spool;
    if (file != null) {
      file.release();
    }
  }
}
