package dev.cistern.proxy.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One transfer of one blob from the upstream into a spool file, hashed as it is written.
 *
 * <p>{@link #run} does the transfer on the thread that calls it. Readers join with {@link #follow}
 * at any time before {@link #close}, and read the same file from its first byte. The last {@value
 * #WITHHELD} bytes become visible only when the whole has been verified: whoever reads a wrong blob
 * never gets to its end. A blob no larger than that is answered whole or not at all, so that its
 * failure can still be told in an error answer.
 */
final class BlobFetch {

  /** How much of the end is kept back until the digest is known to be right, in bytes. */
  static final int WITHHELD = 64 * 1024;

  private static final int BUFFER = 64 * 1024;

  private final Digest digest;
  private final BlobSource source;
  private final SpoolDirectory spools;
  private final FetchProgress progress = new FetchProgress();
  private final CompletableFuture<BlobFetch> answered = new CompletableFuture<>();

  private volatile OptionalLong size = OptionalLong.empty();
  private volatile @Nullable SpoolFile spool;
  private volatile @Nullable UpstreamBlob body;
  private volatile boolean cancelled;

  BlobFetch(Digest digest, BlobSource source, SpoolDirectory spools) {
    this.digest = digest;
    this.source = source;
    this.spools = spools;
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
    return answered.thenApply(fetch -> fetch.newFollower());
  }

  private Optional<BlobContent> newFollower() {
    SpoolFile file = spool;
    return file != null && file.retain()
        ? Optional.of(new FollowedBlob(this, file))
        : Optional.empty();
  }

  /**
   * Transfers and verifies the blob; returns when its readers can have all of it.
   *
   * @return the verified file
   * @throws RegistryException when that failed; readers do not know yet, see {@link #fail}
   */
  SpoolFile run() throws RegistryException {
    try {
      SpoolFile file = spools.create(digest);
      spool = file;
      transfer(file);
      size = OptionalLong.of(file.size());
      progress.complete(file.size());
      answered.complete(this);
      return file;
    } catch (IOException e) {
      throw new RegistryException(
          ErrorCode.UNKNOWN, "Spooling blob " + digest + " failed: " + e.getMessage(), e);
    }
  }

  private void transfer(SpoolFile file) throws RegistryException, IOException {
    MessageDigest hash = digest.algorithm().newMessageDigest();
    try (UpstreamBlob opened = source.open(ResumePoint.START)) {
      body = opened;
      if (cancelled) {
        throw new RegistryException(ErrorCode.UNAVAILABLE, "The cache is shutting down");
      }
      size = opened.totalLength();
      if (size.isPresent() && size.getAsLong() > WITHHELD) {
        answered.complete(this);
      }
      byte[] buffer = new byte[BUFFER];
      for (int n = opened.read(buffer, 0, buffer.length);
          n >= 0;
          n = opened.read(buffer, 0, buffer.length)) {
        hash.update(buffer, 0, n);
        file.append(ByteBuffer.wrap(buffer, 0, n));
        progress.advance(visibleOf(file.size()));
      }
    } finally {
      body = null;
    }
    verify(file.size(), hash.digest());
  }

  private long visibleOf(long arrived) {
    long end = size.orElse(arrived);
    return Math.min(arrived, end - WITHHELD);
  }

  private void verify(long arrived, byte[] hash) throws RegistryException {
    if (size.isPresent() && size.getAsLong() != arrived) {
      throw new RegistryException(
          ErrorCode.BAD_GATEWAY,
          "Blob %s: upstream sent %d of %d bytes".formatted(digest, arrived, size.getAsLong()));
    }
    String actual = HexFormat.of().formatHex(hash);
    if (!actual.equals(digest.hex())) {
      DigestAlgorithm algorithm = digest.algorithm();
      throw new RegistryException(
          ErrorCode.BAD_GATEWAY,
          "Blob %s: upstream sent bytes whose digest is %s:%s"
              .formatted(digest, algorithm.wireName(), actual));
    }
  }

  /** Tells all readers, those to come included, that the blob will not come. */
  void fail(RegistryException cause) {
    progress.fail(new IOException(cause.getMessage(), cause));
    answered.completeExceptionally(cause);
    SpoolFile file = spool;
    if (file != null) {
      file.delete();
    }
    close();
  }

  /** Sends those who joined to storage: the blob turned out to be there. */
  void leaveToStorage() {
    answered.complete(this);
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
