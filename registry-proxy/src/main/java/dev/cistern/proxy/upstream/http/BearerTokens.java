package dev.cistern.proxy.upstream.http;

import com.google.common.base.Throwables;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.concurrent.Flight;
import dev.cistern.proxy.internal.concurrent.Flight.Role;
import dev.cistern.proxy.internal.concurrent.SingleFlight;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.PooledCache;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/**
 * The tokens that are cached, and the requests for those that are not: one request in progress for
 * each key. Callers that need the same token meanwhile share its result or its failure. A failure
 * is not cached.
 */
final class BearerTokens {

  private static final Duration REFUSAL_MEMORY = Duration.ofMinutes(1);

  private final TokenService service;
  private final UpstreamErrors errors;
  private final InstantSource clock;
  private final PooledCache<TokenKey, Token> tokens =
      new PooledCache<>((key, token) -> key.requirement().bytes() + Bytes.of(token.value()));
  private final PooledCache<TokenKey, Instant> refusals =
      new PooledCache<>((key, time) -> key.requirement().bytes());
  private final SingleFlight<TokenKey, Token> requests = new SingleFlight<>();

  BearerTokens(TokenService service, UpstreamErrors errors, InstantSource clock) {
    this.service = service;
    this.errors = errors;
    this.clock = clock;
  }

  /** A cached token that does not expire within the next seconds. */
  Optional<Token> cached(TokenKey key) {
    return Optional.ofNullable(tokens.get(key)).filter(token -> token.isUsableAt(clock.instant()));
  }

  /**
   * Gets a token from its service, or waits for another thread that is getting the same one.
   *
   * @param refused the token that it replaces, which stays until there is a new one
   */
  Token obtain(TokenKey key, Optional<Token> refused) throws RegistryException {
    Flight<Token> request = requests.join(key, () -> requestNow(key, refused));
    try {
      return request.result().toCompletableFuture().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw errors.interrupted(Attempt.token(key));
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof RegistryException failure)) {
        Throwables.throwIfUnchecked(Objects.requireNonNullElse(e.getCause(), e));
        throw new IllegalStateException("getting a token failed", e.getCause());
      }
      if (request.role() == Role.FOLLOWER && failure.code() == ErrorCode.UNAVAILABLE) {
        // The thread that made the request was interrupted. That says nothing about this one.
        return obtain(key, refused);
      }
      throw failure;
    }
  }

  /** Makes the request on the calling thread; the stage is complete when this returns. */
  private CompletionStage<Token> requestNow(TokenKey key, Optional<Token> refused) {
    try {
      // Another request may have ended after the caller looked into the cache.
      Optional<Token> obtained = cached(key).filter(token -> !refused.equals(Optional.of(token)));
      Token token = obtained.isPresent() ? obtained.get() : service.fetch(key);
      tokens.put(key, token);
      return CompletableFuture.completedStage(token);
    } catch (RegistryException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  /** The upstream refused a token that had just been obtained, so age was not the reason. */
  void refusedWhenFresh(TokenKey key) {
    refusals.put(key, clock.instant());
  }

  /**
   * Whether a refused token may be too old, although it says otherwise. Not when a fresh one was
   * refused a short time ago: else each request for content that is refused would cost a token.
   */
  boolean isAgeDoubtful(TokenKey key) {
    Instant last = refusals.get(key);
    return last == null || !clock.instant().isBefore(last.plus(REFUSAL_MEMORY));
  }

  /** Removes a token that the upstream refused, unless a newer one has replaced it. */
  void drop(TokenKey key, Token refused) {
    tokens.remove(key, refused);
  }
}
