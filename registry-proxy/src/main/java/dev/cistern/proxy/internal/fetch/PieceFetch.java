package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.Rejection;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.concurrent.WorkQueue;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches what is missing of some bytes of a {@link PartialBlob}, one gap after the other, on one
 * thread of the transfers. What others receive meanwhile is left to them.
 *
 * <p>When its readers have left, a piece that is nearly here is received to its end, and nothing
 * else.
 */
final class PieceFetch implements WorkQueue.Work {

  private static final Logger log = LoggerFactory.getLogger(PieceFetch.class);

  /** What the fetch reports to. */
  interface Ends {

    /**
     * A piece was received, or a part of it.
     *
     * @param unused how many bytes came that were not wanted any more
     */
    void received(PartialBlob partial, long bytes, long unused);

    /** The bytes are not those of the blob, or the disk has failed: nothing can be kept. */
    void useless(PartialBlob partial, Exception cause);

    /** This has ended, in any way. */
    void ended(PartialBlob partial);
  }

  private final PartialBlob partial;
  private final PartReader reader;
  private final long from;
  private final long to;
  private final BlobSource source;
  private final RetryPolicy retries;
  private final Ends ends;
  private final Interest interest;

  /**
   * @param reader the first one who waits for it
   * @param from where the bytes begin
   * @param to where they end
   * @param source for the thread that runs this alone
   */
  PieceFetch(
      PartialBlob partial,
      PartReader reader,
      long from,
      long to,
      BlobSource source,
      RetryPolicy retries,
      Ends ends) {
    this.partial = partial;
    this.reader = reader;
    this.from = from;
    this.to = to;
    this.source = source;
    this.retries = retries;
    this.ends = ends;
    interest = new Interest(reader.requester());
  }

  RepositoryName repository() {
    return reader.repository();
  }

  long from() {
    return from;
  }

  boolean covers(long position) {
    return position >= from && position < to;
  }

  /** One more reader waits. False when this was dropped because no reader waited. */
  boolean join(PartReader other) {
    return interest.join(other.requester());
  }

  /** A reader has left, or has what it wants. */
  void leave(PartReader other) {
    interest.leave(other.requester());
  }

  /** Waits for its turn. */
  void start(WorkQueue queue) {
    try {
      interest.queued(queue.execute(interest.client(), this));
    } catch (RejectedExecutionException e) {
      reject(e);
    }
  }

  @Override
  public boolean dropIfUnwanted() {
    return !interest.begin();
  }

  @Override
  public void reject(RejectedExecutionException cause) {
    partial.drop(this, Rejection.failure(cause, "upstream " + source.name()));
    ends.ended(partial);
  }

  @Override
  public void run() {
    try {
      if (interest.begin()) {
        UpstreamWork.with(interest, interest.cause(), this::receiveAll);
      } else {
        partial.drop(
            this,
            new RegistryException(
                ErrorCode.UNAVAILABLE,
                "A part of blob %s is not fetched: no client waits for it any more"
                    .formatted(partial.digest())));
      }
    } catch (RuntimeException | Error e) {
      // Every kind, such as OutOfMemoryError, because readers would wait forever.
      log.error("Fetching a part of blob {} failed", partial.digest(), e);
      partial.fail(this, new RegistryException(ErrorCode.UNKNOWN, "Fetching a part failed", e));
    } finally {
      partial.ended(this);
      ends.ended(partial);
    }
  }

  private void receiveAll() {
    PieceReceiver receiver = new PieceReceiver(partial.kept().pieces(), this::open, this::write);
    partial.kept().begun(receiver);
    try {
      receiveGaps(receiver);
    } catch (OtherAnswerException e) {
      ends.useless(partial, e);
    } catch (RegistryException e) {
      partial.fail(this, e);
    } catch (IOException e) {
      ends.useless(partial, e instanceof SpoolException ? e : new SpoolException(e));
    } finally {
      partial.kept().ended(receiver);
    }
  }

  /** Several first pieces may be requested before any entity tag is known. */
  private UpstreamBlob open(ResumePoint part) throws RegistryException {
    UpstreamBlob opened = source.open(part);
    if (!partial.kept().learn(opened.etag())) {
      opened.cancel();
      opened.close();
      throw new OtherAnswerException("its answers have different entity tags");
    }
    return opened;
  }

  /**
   * Whether a failed request may have failed because it was for a part: the whole may be sent.
   *
   * @param answered whether it was answered, and has failed later
   * @param begun whether the upstream has ever answered with a part
   */
  private static boolean isAboutPart(RegistryException failure, boolean answered, boolean begun) {
    if (failure.code() == ErrorCode.RANGE_INVALID) {
      return true;
    }
    if (answered || !(failure instanceof UpstreamException upstreams)) {
      return false;
    }
    return switch (upstreams.kind()) {
      case PROTOCOL, STATUS -> true;
      default -> begun && upstreams.mayConcernFormOnly();
    };
  }

  private void receiveGaps(PieceReceiver receiver) throws RegistryException, IOException {
    int failures = 0;
    boolean begun = false;
    for (Optional<Claim> next = next(); next.isPresent(); next = next()) {
      Claim piece = next.get();
      Optional<RegistryException> early = Optional.empty();
      try {
        receiver.receive(blob(), piece);
        failures = 0;
        begun = true;
      } catch (OtherAnswerException e) {
        throw e;
      } catch (RegistryException e) {
        if (partial.kept().writes().isClosed()) {
          // That is why it failed.
          return;
        }
        boolean answered = receiver.isAnswered();
        if (isAboutPart(e, answered, begun)) {
          throw new OtherAnswerException(e.getMessage());
        }
        begun |= answered;
        failures = partial.kept().pieces().position(piece) > piece.start() ? 1 : failures + 1;
        if (!begun && !partial.isAnswering(this)) {
          throw e;
        }
        early = Optional.of(e);
      } finally {
        partial.kept().pieces().release(piece);
        ends.received(
            partial,
            partial.kept().pieces().position(piece) - piece.start(),
            receiver.takeUnused());
      }
      // After the claim is released: others need not wait for the pause.
      if (early.isPresent() && !pauseAfter(early.get(), failures)) {
        throw early.get();
      }
    }
  }

  private Optional<Claim> next() throws IOException {
    return interest.isWanted() ? partial.claim(from, to) : Optional.empty();
  }

  private PieceReceiver.Blob blob() {
    KeptPieces kept = partial.kept();
    return new PieceReceiver.Blob(partial.digest(), source.name(), kept.size(), kept.etag());
  }

  private boolean write(Claim piece, byte[] bytes, int count) throws IOException {
    partial.confirmed(repository());
    if (!partial.write(piece, bytes, count)) {
      return false;
    }
    return interest.isWanted() || partial.kept().pieces().left(piece) <= Pieces.SMALLEST;
  }

  private boolean pauseAfter(RegistryException cause, int failures) {
    Optional<Duration> pause =
        retries.pauseAfter(cause, failures, ThreadLocalRandom.current().nextDouble());
    if (pause.isEmpty()) {
      return false;
    }
    log.info(
        "A part of blob {} ended early and is resumed in {} ms: {}",
        partial.digest(),
        pause.get().toMillis(),
        cause.getMessage());
    return partial.kept().writes().pause(pause.get());
  }
}
