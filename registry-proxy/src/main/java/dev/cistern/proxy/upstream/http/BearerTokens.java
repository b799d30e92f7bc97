package dev.cistern.proxy.upstream.http;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;

/**
 * The tokens at hand, and the requests for those that are not: one for each key at a time, whose
 * outcome everyone has who came while it was on its way. A failure is theirs too, and then
 * forgotten.
 */
final class BearerTokens {

  private static final int MAX_TOKENS = 10_000;

  private final TokenService service;
  private final UpstreamErrors errors;
  private final InstantSource clock;
  private final Cache<TokenKey, Token> tokens =
      CacheBuilder.newBuilder().maximumSize(MAX_TOKENS).build();
  private final ConcurrentMap<TokenKey, CompletableFuture<Token>> flights =
      new ConcurrentHashMap<>();

  BearerTokens(TokenService service, UpstreamErrors errors, InstantSource clock) {
    this.service = service;
    this.errors = errors;
    this.clock = clock;
  }

  /** A token that is here and not about to expire. */
  Optional<Token> cached(TokenKey key) {
    return Optional.ofNullable(tokens.getIfPresent(key))
        .filter(token -> token.isUsableAt(clock.instant()));
  }

  /** Gets a token from its service, or waits for the one that another thread is getting. */
  Token obtain(TokenKey key) throws RegistryException {
    CompletableFuture<Token> mine = new CompletableFuture<>();
    CompletableFuture<Token> other = flights.putIfAbsent(key, mine);
    return other == null ? lead(key, mine) : follow(key, other);
  }

  /** Forgets a token that the upstream refused; a newer one in its place stays. */
  void drop(TokenKey key, Token refused) {
    tokens.asMap().remove(key, refused);
  }

  private Token lead(TokenKey key, CompletableFuture<Token> flight) throws RegistryException {
    try {
      // Another flight may have landed between looking into the cache and taking off.
      Optional<Token> landed = cached(key);
      Token token = landed.isPresent() ? landed.get() : service.fetch(key);
      tokens.put(key, token);
      flight.complete(token);
      return token;
    } catch (Throwable e) {
      // Whatever it is: a flight that never ends would hold its followers for ever.
      flight.completeExceptionally(e);
      throw e;
    } finally {
      flights.remove(key, flight);
    }
  }

  private Token follow(TokenKey key, CompletableFuture<Token> flight) throws RegistryException {
    try {
      return flight.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw errors.interrupted(Attempt.token(key));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RegistryException shared) {
        if (shared.code() == ErrorCode.UNAVAILABLE) {
          // The leader was interrupted: its own affair, not the followers'.
          return obtain(key);
        }
        throw shared;
      }
      throw new IllegalStateException("getting a token failed", e.getCause());
    }
  }
}
