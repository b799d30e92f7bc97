package dev.cistern.proxy.event;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.upstream.RateLimit;
import dev.cistern.proxy.upstream.UpstreamException;
import java.time.Duration;

/**
 * Is told what a cache does. Every method does nothing unless overridden.
 *
 * <p>The order of calls. For each request that the cache is asked, exactly one of {@link
 * #requestAnswered} and {@link #requestFailed}, when the answer begins; a blob's bytes may follow
 * for much longer. For each fetch of a blob, {@link #fetchStarted}, any number of {@link
 * #fetchJoined}, then exactly one of {@link #fetchCompleted} and {@link #fetchFailed}. A fetch
 * makes upstream calls, as do requests: for each of them one of {@link #upstreamAnswered} and
 * {@link #upstreamFailed}; after an answer with a body, {@link #bodyReceived} when the body has
 * ended, however it ended. Calls of {@link #tokenRequested} fall within an upstream call. An
 * eviction and a storage fault belong to no request.
 *
 * <p>Methods are called on the threads that do the work, I/O threads among them, under no lock:
 * they must be thread-safe, must not block and must return promptly. What they throw is logged and
 * changes nothing.
 */
public interface CacheListener {

  /** Does nothing. */
  CacheListener NONE = new CacheListener() {};

  /** A request was answered: with content, a size or a list. */
  default void requestAnswered(CacheRequest request, CacheStatus status) {}

  /** A request failed, or was refused. */
  default void requestFailed(CacheRequest request, RegistryException cause) {}

  /** A blob began to be fetched, or waits for its turn. */
  default void fetchStarted(BlobTransfer transfer) {}

  /** One more request follows a fetch in progress; the one that started it is not counted. */
  default void fetchJoined(BlobTransfer transfer) {}

  /**
   * A blob was fetched and verified.
   *
   * @param bytes its size
   * @param time since it was started
   */
  default void fetchCompleted(BlobTransfer transfer, long bytes, Duration time) {}

  /** A blob could not be fetched, or not kept on disk while it was. */
  default void fetchFailed(BlobTransfer transfer, Throwable cause) {}

  /**
   * The upstream answered what was asked for.
   *
   * @param time until the headers of a blob, or the whole of another answer, were received
   */
  default void upstreamAnswered(UpstreamCall call, Duration time) {}

  /** The upstream failed, refused, or has not got what was asked for. */
  default void upstreamFailed(UpstreamCall call, UpstreamException cause, Duration time) {}

  /**
   * The body of a manifest or blob was received, to its end or as far as it got.
   *
   * @param time since its headers
   */
  default void bodyReceived(UpstreamCall call, long bytes, Duration time) {}

  /** How a request for a token ended. */
  enum TokenOutcome {
    /** The token service gave one. */
    OBTAINED,
    /** It did not, or did not answer. */
    FAILED
  }

  /** A token service was asked for a token. */
  default void tokenRequested(String upstream, TokenOutcome outcome) {}

  /** An upstream told its limit on pulls. */
  default void rateLimitSeen(String upstream, RateLimit limit) {}

  /** An upstream failed so often that it is not asked any more until a probe succeeds. */
  default void upstreamDown(String upstream, String reason) {}

  /** An upstream that was down answers again. */
  default void upstreamUp(String upstream) {}

  /**
   * Content was removed from storage.
   *
   * @param bytes its size
   */
  default void evicted(Digest digest, long bytes, EvictionReason reason) {}

  /**
   * Storage failed. No client fails by it.
   *
   * @param attempt what could not be done, as the beginning of a sentence
   */
  default void storageFailed(StorageFault fault, String attempt, Throwable cause) {}
}
