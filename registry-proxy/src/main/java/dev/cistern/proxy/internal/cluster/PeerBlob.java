package dev.cistern.proxy.internal.cluster;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.PeerOutcome;
import dev.cistern.proxy.internal.cluster.PeerFailure.Kind;
import dev.cistern.proxy.internal.fetch.SkippingBlob;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A blob from a peer, and from the next source if the peer fails before its end. The reader sees
 * one transfer. One thread reads; any thread may cancel.
 */
public final class PeerBlob implements UpstreamBlob {

  private static final Logger log = LoggerFactory.getLogger(PeerBlob.class);

  /** Where to go on if the peer fails. */
  @FunctionalInterface
  interface Next {

    /**
     * Opens the rest.
     *
     * @param position the first byte of the rest
     * @param failure why the peer cannot send it
     */
    UpstreamBlob open(long position, PeerFailure failure) throws RegistryException;
  }

  private final Peer peer;
  private final PeerRequests requests;
  private final PeerRequests.Answer answer;
  private final long start;
  private final OptionalLong size;
  private final OptionalLong asked;
  private final Next next;

  private long position;
  private boolean over;
  private volatile boolean cancelled;
  private volatile boolean failed;
  private volatile @Nullable UpstreamBlob rest;

  /**
   * @param size of the whole blob, as far as it is known
   * @param asked where the part ends that was asked for; empty for the rest
   */
  PeerBlob(
      Peer peer,
      PeerRequests requests,
      PeerRequests.Answer answer,
      long start,
      OptionalLong size,
      OptionalLong asked,
      Next next) {
    this.peer = peer;
    this.requests = requests;
    this.answer = answer;
    this.start = start;
    this.size = size;
    this.asked = asked;
    this.next = next;
    position = start;
  }

  @Override
  public OptionalLong totalLength() {
    return size;
  }

  @Override
  public long start() {
    return start;
  }

  /** None: the next source has another one. */
  @Override
  public Optional<String> etag() {
    return Optional.empty();
  }

  /** Whether all bytes came from peers, which store them. */
  public boolean isFromPeers() {
    UpstreamBlob other = rest;
    return other == null
        || (other instanceof SkippingBlob skipping
            && skipping.blob() instanceof PeerBlob second
            && second.isFromPeers());
  }

  /** Whether the peer has failed before its end. */
  public boolean hasFailed() {
    return failed;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    UpstreamBlob other = rest;
    if (other != null) {
      return other.read(buffer, offset, length);
    }
    try {
      int count = answer.silence().read(answer.body(), buffer, offset, length);
      if (count >= 0) {
        position += count;
        return count;
      }
      long expected = asked.orElse(size.orElse(0));
      if (position < expected) {
        throw new PeerFailure(
            Kind.PEER, "its answer ended at byte " + position + " of " + expected);
      }
      end(PeerOutcome.ANSWERED);
      peer.answersRequests();
      return -1;
    } catch (PeerFailure e) {
      return goOn(e).read(buffer, offset, length);
    }
  }

  /** Goes on from the next source, at the same position. */
  private UpstreamBlob goOn(PeerFailure failure) throws RegistryException {
    failed = true;
    answer.body().cancel();
    end(PeerOutcome.FAILED);
    if (cancelled) {
      throw new RegistryException(ErrorCode.UNAVAILABLE, "The transfer was cancelled");
    }
    if (failure.kind() == Kind.PEER) {
      peer.failedOnce(failure.reason());
    }
    log.info(
        "A blob from peer {} goes on from the next source at byte {}: {}",
        peer.name(),
        position,
        failure.reason());
    UpstreamBlob other = new SkippingBlob(next.open(position, failure), position);
    rest = other;
    if (cancelled) {
      other.cancel();
    }
    return other;
  }

  private void end(PeerOutcome outcome) {
    if (!over) {
      over = true;
      requests.ended(peer, outcome, position - start);
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    answer.body().cancel();
    UpstreamBlob other = rest;
    if (other != null) {
      other.cancel();
    }
  }

  @Override
  public void close() {
    end(PeerOutcome.ANSWERED);
    answer.body().cancel();
    UpstreamBlob other = rest;
    if (other != null) {
      other.close();
    }
  }
}
