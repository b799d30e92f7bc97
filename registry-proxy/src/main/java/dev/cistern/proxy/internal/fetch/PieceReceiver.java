package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.concurrent.CallStop;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Receives pieces of one blob, one after the other, each by one request for just its bytes. An
 * answer with other bytes than the rest of the blob fails. One thread receives; any thread may
 * {@link #cancel}.
 */
final class PieceReceiver {

  private static final int BUFFER = 64 * 1024;

  /**
   * What the pieces belong to.
   *
   * @param size of the whole blob
   * @param etag the entity tag that its first answer had
   */
  record Blob(Digest digest, String upstream, long size, Optional<String> etag) {}

  /** Where the bytes go. */
  @FunctionalInterface
  interface Target {

    /**
     * Takes the next bytes of a piece, which it was admitted.
     *
     * @return whether to go on
     * @throws IOException when the disk fails
     */
    boolean write(Claim piece, byte[] bytes, int count) throws IOException;
  }

  private final Pieces pieces;
  private final BlobSource.Parts source;
  private final Target target;
  private final byte[] buffer = new byte[BUFFER];
  private final CallStop stop = new CallStop();

  // For the thread that receives.
  private long unused;
  private boolean answered;

  private volatile @Nullable UpstreamBlob answer;
  private volatile boolean cancelled;

  PieceReceiver(Pieces pieces, BlobSource.Parts source, Target target) {
    this.pieces = pieces;
    this.source = source;
    this.target = target;
  }

  /**
   * Receives a piece, as far as its claim is not cut meanwhile.
   *
   * @throws OtherAnswerException when the answer has other bytes, or other ones may be meant
   */
  void receive(Blob blob, Claim piece) throws RegistryException, IOException {
    answered = false;
    ResumePoint point = ResumePoint.at(piece.start()).upTo(piece.asked());
    ResumePoint asked = blob.etag.isPresent() ? point.ifStill(blob.etag.get()) : point;
    try (UpstreamBlob opened = UpstreamWork.stoppable(stop, () -> source.open(asked))) {
      answer = opened;
      answered = true;
      if (cancelled) {
        opened.cancel();
        return;
      }
      requireSame(blob, piece, opened);
      copy(piece, opened);
    } finally {
      answer = null;
    }
  }

  private static void requireSame(Blob blob, Claim piece, UpstreamBlob opened)
      throws OtherAnswerException {
    boolean same =
        opened.start() == piece.start()
            // Another cache may not name it, as long as only its upstream says so.
            && opened.totalLength().orElse(blob.size) == blob.size
            && (blob.etag.isEmpty() || opened.etag().isEmpty() || opened.etag().equals(blob.etag));
    if (!same) {
      opened.cancel();
      throw new OtherAnswerException(
          "it did not answer with bytes %d to %d of the same %d"
              .formatted(piece.start(), piece.asked() - 1, blob.size));
    }
  }

  private void copy(Claim piece, UpstreamBlob from) throws RegistryException, IOException {
    while (!pieces.isDone(piece)) {
      int n = from.read(buffer, 0, BUFFER);
      if (n < 0) {
        throw new RegistryException(
            ErrorCode.BAD_GATEWAY, "its answer ended at byte " + pieces.position(piece));
      }
      int taken = pieces.admit(piece, n);
      unused += n - taken;
      if (taken == 0 || !target.write(piece, buffer, taken)) {
        return;
      }
    }
    if (pieces.position(piece) == piece.asked()) {
      // Reads the end, so that the connection can be used again.
      from.read(buffer, 0, BUFFER);
    }
  }

  /** Whether the last request was answered. */
  boolean isAnswered() {
    return answered;
  }

  /** How many bytes came that were not wanted any more, since this was asked last. */
  long takeUnused() {
    long count = unused;
    unused = 0;
    return count;
  }

  /** Ends the request in progress, and all later ones. */
  void cancel() {
    cancelled = true;
    stop.stop();
    UpstreamBlob running = answer;
    if (running != null) {
      running.cancel();
    }
  }
}
