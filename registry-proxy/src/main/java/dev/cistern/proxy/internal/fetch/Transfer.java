package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives the bytes of one blob, in order, from one or more upstream answers.
 *
 * <p>When an answer ends early, the transfer resumes from that position. When the upstream ignores
 * the position and starts earlier, the bytes up to it are skipped. When it refuses the range, or
 * answers it with another one, the blob is requested from its first byte. One thread runs the
 * transfer; any thread may cancel it.
 */
final class Transfer {

  private static final Logger log = LoggerFactory.getLogger(Transfer.class);

  /** Where the bytes go. */
  interface Sink {

    /**
     * An answer has begun. Called again for each further answer.
     *
     * @param size of the blob, as far as it is known
     * @throws IOException when the sink cannot take that many bytes, which ends the transfer
     */
    void begin(OptionalLong size, UpstreamBlob answer) throws IOException;

    /**
     * Takes the next bytes.
     *
     * @throws IOException when the sink cannot take them, which ends the transfer
     */
    void append(byte[] bytes, int offset, int count) throws IOException, RegistryException;

    /** There are no further bytes yet. */
    default void caughtUp() {}

    /** Where the next request should end, after the byte that is received next; empty: nowhere. */
    default OptionalLong endOfRequest() {
      return OptionalLong.empty();
    }

    /** How many of the next bytes to take: the others come from elsewhere. */
    default int admit(int count) {
      return count;
    }

    /** Whether the next byte comes from elsewhere. */
    default boolean isTaken() {
      return false;
    }

    /**
     * Takes what comes from elsewhere, if the next byte does. Blocks until it has come.
     *
     * @return the position of the next byte to receive
     */
    default long awaitTurn(long position) throws IOException, RegistryException {
      return position;
    }

    /** The answer, or the request, has failed. */
    default void failed(RegistryException cause) {}
  }

  private final Digest digest;
  private final BlobSource source;
  private final RetryPolicy retries;
  private final long largest;
  private final CountDownLatch cancelled = new CountDownLatch(1);

  private long position;
  private OptionalLong size = OptionalLong.empty();
  private @Nullable String etag;
  private boolean begun;
  private boolean answered;
  private volatile boolean resumable = true;
  private volatile @Nullable UpstreamBlob answer;

  /**
   * @param from the position of the first byte to receive
   * @param largest the largest size in bytes
   */
  Transfer(Digest digest, BlobSource source, long from, RetryPolicy retries, long largest) {
    this.digest = digest;
    this.source = source;
    this.retries = retries;
    this.largest = largest;
    position = from;
  }

  /** The size is known already, so that the first request too may be for a part. */
  void expectSize(long known) {
    size = OptionalLong.of(known);
  }

  /** Returns when the upstream's answer has ended. The caller verifies that this is all. */
  void run(Sink sink) throws RegistryException, IOException {
    int failures = 0;
    ResumePoint from = resumePoint(sink);
    while (true) {
      long before = position;
      try {
        if (!runOnce(from, sink)) {
          return;
        }
        position = sink.awaitTurn(position);
        if (position == size.orElse(-1)) {
          return;
        }
        from = resumePoint(sink);
        failures = 0;
      } catch (RegistryException e) {
        if (e instanceof WrongBytesException || e instanceof TooLargeException) {
          throw e;
        }
        sink.failed(e);
        if (from.end().isPresent() && !isCancelled()) {
          // The request for a part may be what has failed: it is not made again.
          from = resumePoint(sink);
          if (from.end().isEmpty()) {
            continue;
          }
        }
        if (e.code() == ErrorCode.RANGE_INVALID && from.position() > 0) {
          // The upstream has no byte after those received already.
          return;
        }
        boolean resumeRefused = from.position() > 0 && !answered;
        if (resumeRefused && isAboutRange(e)) {
          from = anew(e);
          continue;
        }
        failures = position > before ? 1 : failures + 1;
        if (begun && !isCancelled() && pauseAfter(e, failures)) {
          from = resumePoint(sink);
        } else if (resumeRefused && !isCancelled() && mayBeAboutRange(e)) {
          from = anew(e);
        } else {
          throw e;
        }
      }
    }
  }

  /** Whether the failure can concern nothing but the range. */
  private static boolean isAboutRange(RegistryException failure) {
    return failure instanceof UpstreamException upstreams
        && (upstreams.kind() == UpstreamException.Kind.PROTOCOL
            || upstreams.kind() == UpstreamException.Kind.STATUS);
  }

  private static boolean mayBeAboutRange(RegistryException failure) {
    return failure instanceof UpstreamException upstreams && upstreams.mayConcernFormOnly();
  }

  /** Starts again at the first byte, because a resume was refused. */
  private ResumePoint anew(RegistryException cause) {
    log.info(
        "Transfer of blob {} cannot resume at byte {} and starts again: {}",
        digest,
        position,
        cause.getMessage());
    resumable = false;
    return ResumePoint.START;
  }

  /**
   * @return whether the sink takes the next byte from elsewhere, or the answer was for a part
   */
  private boolean runOnce(ResumePoint from, Sink sink) throws RegistryException, IOException {
    answered = false;
    try (UpstreamBlob opened = source.open(from)) {
      answered = true;
      resumable |= from.position() > 0;
      answer = opened;
      if (isCancelled()) {
        throw new RegistryException(
            ErrorCode.UNAVAILABLE,
            "Blob " + digest + " is not fetched: the cache is shutting down");
      }
      checkSize(opened);
      begun = true;
      sink.begin(size, opened);
      if (copy(opened, sink)) {
        return true;
      }
      requireEnd(from.end());
      return from.end().isPresent() && position < size.orElse(0);
    } finally {
      answer = null;
    }
  }

  /** An answer to a range may end before the blob does, and not say so: its range has no total. */
  private void requireEnd(OptionalLong asked) throws RegistryException {
    if (position < asked.orElse(size.orElse(0))) {
      throw new RegistryException(
          ErrorCode.BAD_GATEWAY,
          "Blob %s: the answer of upstream %s ended at byte %d of %d"
              .formatted(digest, source.name(), position, size.getAsLong()));
    }
  }

  private ResumePoint resumePoint(Sink sink) {
    OptionalLong end = position < size.orElse(0) ? sink.endOfRequest() : OptionalLong.empty();
    ResumePoint start = ResumePoint.at(position);
    ResumePoint point = end.isPresent() ? start.upTo(end.getAsLong()) : start;
    return etag == null || position == 0 ? point : point.ifStill(etag);
  }

  private void checkSize(UpstreamBlob opened) throws RegistryException {
    OptionalLong announced = opened.totalLength();
    if (size.isPresent() && announced.isPresent() && !size.equals(announced)) {
      throw new WrongBytesException(
          "Blob %s: upstream %s announced %d bytes first and %d bytes later"
              .formatted(digest, source.name(), size.getAsLong(), announced.getAsLong()));
    }
    size = announced.isPresent() ? announced : size;
    if (size.orElse(0) > largest) {
      throw new TooLargeException(digest, source.name(), "" + size.getAsLong(), largest);
    }
    etag = opened.etag().orElse(null);
  }

  /**
   * @return whether it was stopped because the next byte comes from elsewhere
   */
  private boolean copy(UpstreamBlob from, Sink sink) throws RegistryException, IOException {
    Batches received = Batches.of(from);
    long at = from.start();
    for (int n = received.next(); n >= 0; n = received.next()) {
      int known = (int) Math.min(n, Math.max(0, position - at));
      at += n;
      if (at > largest) {
        throw new TooLargeException(digest, source.name(), "more than " + largest, largest);
      }
      if (known < n) {
        int taken = sink.admit(n - known);
        if (taken > 0) {
          sink.append(received.bytes(), received.offset() + known, taken);
          position += taken;
        }
        if (known + taken < n || sink.isTaken()) {
          sink.caughtUp();
          return true;
        }
        if (!received.hasMore()) {
          sink.caughtUp();
        }
      }
    }
    return false;
  }

  private boolean pauseAfter(RegistryException cause, int failures) {
    Optional<Duration> pause =
        retries.pauseAfter(cause, failures, ThreadLocalRandom.current().nextDouble());
    if (pause.isEmpty()) {
      return false;
    }
    log.info(
        "Transfer of blob {} ended early at byte {} and resumes in {} ms: {}",
        digest,
        position,
        pause.get().toMillis(),
        cause.getMessage());
    try {
      return !cancelled.await(pause.get().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private boolean isCancelled() {
    return cancelled.getCount() == 0;
  }

  /** The size that the upstream announced, if it did. For the thread that runs the transfer. */
  OptionalLong size() {
    return size;
  }

  /** Whether another transfer may resume from where this one ended. */
  boolean isResumable() {
    return resumable;
  }

  /** Makes the transfer fail, now or as soon as it runs. */
  void cancel() {
    cancelled.countDown();
    UpstreamBlob running = answer;
    if (running != null) {
      running.cancel();
    }
  }
}
