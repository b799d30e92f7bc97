package dev.cistern.proxy.event;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.upstream.RateLimit;
import dev.cistern.proxy.upstream.UpstreamException;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * Gets the events of a cache. Every method does nothing unless overridden.
 *
 * <p>The order of calls. Each request leads to exactly one call of {@link #requestAnswered} or
 * {@link #requestFailed}, when the answer begins; a blob's bytes may follow for much longer. Each
 * fetch of a blob leads to {@link #fetchStarted}, any number of {@link #fetchJoined}, then exactly
 * one of {@link #fetchCompleted} and {@link #fetchFailed}; in between, further connections of it
 * lead to {@link #connectionOpened} and {@link #connectionClosed} in pairs. Fetches and requests
 * make upstream calls; each leads to {@link #upstreamStarted} and then one of {@link
 * #upstreamAnswered} and {@link #upstreamFailed}, and an answer with a body also to {@link
 * #bodyReceived} when the body ends, successfully or not. Calls of {@link #tokenRequested} happen
 * within an upstream call. Evictions and storage faults belong to no request.
 *
 * <p>Methods are called on the threads that do the work, which may be I/O threads, and under no
 * lock. They must be thread-safe, must not block and must return promptly. An exception is logged
 * and has no other effect.
 */
public interface CacheListener {

  /** Does nothing. */
  CacheListener NONE = new CacheListener() {};

  /** A request was answered: with content, a size or a list. */
  default void requestAnswered(CacheRequest request, CacheStatus status) {}

  /** A request failed, or was refused. */
  default void requestFailed(CacheRequest request, RegistryException cause) {}

  /** A fetch of a blob was started; it may wait for a free thread. */
  default void fetchStarted(BlobTransfer transfer) {}

  /**
   * One more request follows a fetch in progress. Not called for the request that started it.
   *
   * @param joined the request that follows the fetch
   */
  default void fetchJoined(BlobTransfer transfer, Cause joined) {}

  /**
   * A blob was fetched and verified.
   *
   * @param bytes its size
   * @param time the time since it was started
   */
  default void fetchCompleted(BlobTransfer transfer, long bytes, Duration time) {}

  /** A fetch failed, or the disk could not hold it and the blob is passed through. */
  default void fetchFailed(BlobTransfer transfer, Throwable cause) {}

  /** A further connection for a blob begins, beside the first one of the fetch. */
  default void connectionOpened(BlobTransfer transfer) {}

  /** A further connection has ended, in any way. */
  default void connectionClosed(BlobTransfer transfer) {}

  /** A connection failed or was refused: the first one of the fetch goes on alone. */
  default void connectionsRefused(BlobTransfer transfer, RegistryException cause) {}

  /**
   * A part of a blob that was requested by itself has come, or as much of it as was wanted.
   *
   * @param transfer the fetch. For {@link PieceKind#RELAY}, an object that no other event has: no
   *     fetch of the whole is started
   * @param bytes how many bytes were kept
   * @param unused how many bytes came that were not wanted any more
   */
  default void pieceReceived(BlobTransfer transfer, PieceKind kind, long bytes, long unused) {}

  /** The upstream is called now. Later events of the call have the same object. */
  default void upstreamStarted(UpstreamCall call) {}

  /**
   * The upstream answered successfully.
   *
   * @param status of the last HTTP answer, that of the host of a redirect included; empty if the
   *     upstream does not speak HTTP
   * @param time the time until the headers of a blob, or all of another answer, were received
   */
  default void upstreamAnswered(UpstreamCall call, OptionalInt status, Duration time) {}

  /**
   * The upstream failed, refused, or does not have the content.
   *
   * @param status of the last HTTP answer; empty if there was none
   */
  default void upstreamFailed(
      UpstreamCall call, OptionalInt status, UpstreamException cause, Duration time) {}

  /**
   * The body of a manifest or blob ended, completely received or not.
   *
   * @param bytes how many bytes were received
   * @param time the time since its headers were received
   */
  default void bodyReceived(UpstreamCall call, long bytes, Duration time) {}

  /** How a request for a token ended. */
  enum TokenOutcome {
    /** The token service answered with a token. */
    OBTAINED,
    /** It refused or did not answer. */
    FAILED
  }

  /**
   * A request to a token service ended.
   *
   * @param time the time that it took
   */
  default void tokenRequested(TokenRequest request, TokenOutcome outcome, Duration time) {}

  /** An upstream answered with its rate limit. */
  default void rateLimitSeen(String upstream, RateLimit limit) {}

  /** An upstream failed several times in a row; it is not called until a probe succeeds. */
  default void upstreamDown(String upstream, String reason) {}

  /** An upstream that was down answers again. */
  default void upstreamUp(String upstream) {}

  /**
   * A request to another cache of the cluster ended.
   *
   * @param peer its address: host and port
   * @param bytes how many bytes of content came
   */
  default void peerAsked(String peer, PeerOutcome outcome, long bytes) {}

  /**
   * Content was evicted from storage.
   *
   * @param bytes its size
   */
  default void evicted(Digest digest, long bytes, EvictionReason reason) {}

  /**
   * Storage failed. No client request fails because of it.
   *
   * @param attempt what failed, as the beginning of a log line
   */
  default void storageFailed(StorageFault fault, String attempt, Throwable cause) {}
}
