package dev.cistern.proxy.internal.event;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.CacheRequest;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.Cause;
import dev.cistern.proxy.event.PeerOutcome;
import dev.cistern.proxy.event.PieceKind;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.event.TokenRequest;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.upstream.RateLimit;
import dev.cistern.proxy.upstream.UpstreamException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes events to several listeners. An exception of one is logged; the others still get them. */
public final class Listeners implements CacheListener {

  private static final Logger log = LoggerFactory.getLogger(Listeners.class);

  private final CacheListener[] listeners;

  private Listeners(List<CacheListener> listeners) {
    this.listeners = listeners.toArray(CacheListener[]::new);
  }

  /** One listener for all of these. */
  public static CacheListener of(List<CacheListener> listeners) {
    return listeners.isEmpty() ? NONE : new Listeners(listeners);
  }

  private void tell(Consumer<CacheListener> event) {
    for (CacheListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException e) {
        log.error("Cache listener {} failed; the event is lost for it", listener, e);
      }
    }
  }

  @Override
  public void requestAnswered(CacheRequest request, CacheStatus status) {
    tell(listener -> listener.requestAnswered(request, status));
  }

  @Override
  public void requestFailed(CacheRequest request, RegistryException cause) {
    tell(listener -> listener.requestFailed(request, cause));
  }

  @Override
  public void fetchStarted(BlobTransfer transfer) {
    tell(listener -> listener.fetchStarted(transfer));
  }

  @Override
  public void fetchJoined(BlobTransfer transfer, Cause joined) {
    tell(listener -> listener.fetchJoined(transfer, joined));
  }

  @Override
  public void fetchCompleted(BlobTransfer transfer, long bytes, Duration time) {
    tell(listener -> listener.fetchCompleted(transfer, bytes, time));
  }

  @Override
  public void fetchFailed(BlobTransfer transfer, Throwable cause) {
    tell(listener -> listener.fetchFailed(transfer, cause));
  }

  @Override
  public void connectionOpened(BlobTransfer transfer) {
    tell(listener -> listener.connectionOpened(transfer));
  }

  @Override
  public void connectionClosed(BlobTransfer transfer) {
    tell(listener -> listener.connectionClosed(transfer));
  }

  @Override
  public void connectionsRefused(BlobTransfer transfer, RegistryException cause) {
    tell(listener -> listener.connectionsRefused(transfer, cause));
  }

  @Override
  public void pieceReceived(BlobTransfer transfer, PieceKind kind, long bytes, long unused) {
    tell(listener -> listener.pieceReceived(transfer, kind, bytes, unused));
  }

  @Override
  public void upstreamStarted(UpstreamCall call) {
    tell(listener -> listener.upstreamStarted(call));
  }

  @Override
  public void upstreamAnswered(UpstreamCall call, OptionalInt status, Duration time) {
    tell(listener -> listener.upstreamAnswered(call, status, time));
  }

  @Override
  public void upstreamFailed(
      UpstreamCall call, OptionalInt status, UpstreamException cause, Duration time) {
    tell(listener -> listener.upstreamFailed(call, status, cause, time));
  }

  @Override
  public void bodyReceived(UpstreamCall call, long bytes, Duration time) {
    tell(listener -> listener.bodyReceived(call, bytes, time));
  }

  @Override
  public void tokenRequested(TokenRequest request, TokenOutcome outcome, Duration time) {
    tell(listener -> listener.tokenRequested(request, outcome, time));
  }

  @Override
  public void rateLimitSeen(String upstream, RateLimit limit) {
    tell(listener -> listener.rateLimitSeen(upstream, limit));
  }

  @Override
  public void upstreamDown(String upstream, String reason) {
    tell(listener -> listener.upstreamDown(upstream, reason));
  }

  @Override
  public void upstreamUp(String upstream) {
    tell(listener -> listener.upstreamUp(upstream));
  }

  @Override
  public void peerAsked(String peer, PeerOutcome outcome, long bytes) {
    tell(listener -> listener.peerAsked(peer, outcome, bytes));
  }

  @Override
  public void evicted(Digest digest, long bytes, EvictionReason reason) {
    tell(listener -> listener.evicted(digest, bytes, reason));
  }

  @Override
  public void storageFailed(StorageFault fault, String attempt, Throwable cause) {
    tell(listener -> listener.storageFailed(fault, attempt, cause));
  }
}
