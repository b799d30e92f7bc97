package dev.cistern.proxy.upstream.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.credential.CredentialSource;
import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.LastStatus;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.PooledCache;
import dev.cistern.proxy.upstream.UpstreamException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests with the {@code Authorization} that the upstream requires.
 *
 * <p>The requirement of each repository is remembered, so that only its first request is
 * challenged. A refused token is replaced once, also when the upstream refuses it without a
 * challenge and before its time; the refusal of a fresh token is final. After refused credentials
 * the source is asked again, and different credentials are tried. Challenges of other hosts, after
 * a redirect, are never answered.
 */
final class Authorizer {

  private static final Logger log = LoggerFactory.getLogger(Authorizer.class);

  // Without authorization, with a cached token, with a fresh token; and one more in case the
  // upstream changes its requirement in between.
  private static final int MAX_TRIES = 4;

  private final RemoteUrl remote;
  private final CredentialSource source;
  private final RealmPolicy policy;
  private final Predicate<InetAddress> isPrivate;
  private final RedirectLoop redirects;
  private final BearerTokens tokens;
  private final UpstreamErrors errors;
  private final RateLimitWatch limits;
  private final PooledCache<RepositoryName, AuthRequirement> requirements =
      new PooledCache<>((name, requirement) -> Bytes.of(name) + requirement.bytes());

  /**
   * @param isPrivate which addresses are not on the public Internet
   */
  Authorizer(
      UpstreamConfig config,
      RedirectLoop redirects,
      BearerTokens tokens,
      UpstreamErrors errors,
      RealmPolicy policy,
      Predicate<InetAddress> isPrivate,
      CacheListener listener) {
    remote = config.remote();
    source = config.credentials();
    this.policy = policy;
    this.isPrivate = isPrivate;
    this.redirects = redirects;
    this.tokens = tokens;
    this.errors = errors;
    limits = new RateLimitWatch(config.name(), listener);
  }

  /**
   * Sends a request for content of a repository.
   *
   * @return the answer, to be closed by the caller; 401 when the upstream refuses all credentials
   *     that there are
   */
  Exchange send(RepositoryName name, Attempt attempt, Request request, DeadlineScope deadline)
      throws RegistryException, IOException {
    AuthRequirement known = requirements.get(name);
    Authorization offered =
        known == null ? new Authorization.None() : authorization(name, attempt, known);
    boolean renewed = false;
    for (int tries = 1; ; tries++) {
      Exchange answer = redirects.send(offered.on(request), deadline);
      LastStatus.received(answer.status());
      if (remote.sameOrigin(answer.url())) {
        limits.see(answer);
      }
      Optional<AuthRequirement> requirement =
          tries < MAX_TRIES ? requirement(name, answer) : Optional.empty();
      if (requirement.isPresent() && !isFinal(offered, requirement.get())) {
        // Closed first, so that its connection is free for what follows.
        answer.close();
        requirements.put(name, requirement.get());
        if (offered instanceof Authorization.Bearer refused) {
          tokens.drop(refused.key(), refused.token());
        }
        offered = authorization(name, attempt.answered(answer.status()), requirement.get());
        continue;
      }
      if (offered instanceof Authorization.Bearer refused && isRefusalOfToken(answer)) {
        if (refused.fresh()) {
          tokens.refusedWhenFresh(refused.key());
        } else if (!renewed && tries < MAX_TRIES && tokens.isAgeDoubtful(refused.key())) {
          answer.close();
          renewed = true;
          offered = renewed(attempt.answered(answer.status()), refused);
          continue;
        }
      }
      Optional<Credentials> others =
          tries < MAX_TRIES && isRefusal(answer) && offered instanceof Authorization.Basic basic
              ? othersThan(basic.credentials())
              : Optional.empty();
      if (others.isEmpty()) {
        return answer;
      }
      answer.close();
      offered = basic(attempt.answered(answer.status()), others.get());
    }
  }

  /** Some registries answer 403 to an expired password. */
  private boolean isRefusal(Exchange answer) {
    return (answer.status() == 401 || answer.status() == 403) && remote.sameOrigin(answer.url());
  }

  /** Some registries answer 400 or 403, without a challenge, to a token that has expired. */
  private boolean isRefusalOfToken(Exchange answer) {
    return (answer.status() == 400 && remote.sameOrigin(answer.url())) || isRefusal(answer);
  }

  private Authorization renewed(Attempt attempt, Authorization.Bearer refused)
      throws RegistryException {
    return bearer(
        attempt, refused.key().requirement(), credentials(attempt), Optional.of(refused.token()));
  }

  private Optional<AuthRequirement> requirement(RepositoryName name, Exchange answer)
      throws ProtocolException {
    if (answer.status() != 401 || !remote.sameOrigin(answer.url())) {
      return Optional.empty();
    }
    List<Challenge> challenges = ChallengeParser.parse(answer.headers("WWW-Authenticate"));
    Optional<AuthRequirement> requirement = AuthRequirement.choose(challenges, name);
    if (requirement.isEmpty() && challenges.stream().anyMatch(AuthRequirement::hasInvalidRealm)) {
      answer.close();
      // No refusal: with an address it might have given a token.
      throw new ProtocolException("the address of its token service is invalid");
    }
    return requirement.map(required -> within(required, answer));
  }

  /** A private address names another machine here than it does for the owner of the registry. */
  private AuthRequirement within(AuthRequirement required, Exchange answer) {
    return required instanceof AuthRequirement.Bearer bearer
            && !policy.mayBePrivate(bearer.realm())
            && answer.address().filter(isPrivate).isEmpty()
        ? bearer.atPublicAddress()
        : required;
  }

  /** Whether there is nothing better to offer. */
  private static boolean isFinal(Authorization offered, AuthRequirement required) {
    if (offered instanceof Authorization.Bearer bearer) {
      return bearer.fresh() && bearer.key().requirement().equals(required);
    }
    return offered instanceof Authorization.Basic && required instanceof AuthRequirement.Basic;
  }

  private Authorization authorization(
      RepositoryName name, Attempt attempt, AuthRequirement required) throws RegistryException {
    try {
      return authorization(attempt, required);
    } catch (RegistryException e) {
      // The requirement may change, and only a request without authorization shows that.
      requirements.remove(name);
      throw e;
    }
  }

  private Authorization authorization(Attempt attempt, AuthRequirement required)
      throws RegistryException {
    Credentials credentials = credentials(attempt);
    if (required instanceof AuthRequirement.Bearer bearer) {
      return bearer(attempt, bearer, credentials, Optional.empty());
    }
    if (credentials == null) {
      throw errors.notSent(
          attempt,
          "it requires a user name and password, and none are configured (proxy.username)");
    }
    return basic(attempt, credentials);
  }

  private Authorization basic(Attempt attempt, Credentials credentials) throws RegistryException {
    if (credentials.isIdentityToken()) {
      throw errors.notSent(
          attempt,
          "it requires a user name and password, and only an identity token is configured");
    }
    forbid(attempt, policy.objectionToUpstream());
    return new Authorization.Basic(credentials);
  }

  private Authorization bearer(
      Attempt attempt,
      AuthRequirement.Bearer required,
      @Nullable Credentials credentials,
      Optional<Token> refused)
      throws RegistryException {
    TokenKey key = new TokenKey(required, credentials);
    if (credentials == null) {
      return token(attempt, key, refused);
    }
    forbid(attempt, policy.objectionTo(key.realm()));
    try {
      return token(attempt, key, refused);
    } catch (RegistryException e) {
      Optional<Credentials> others =
          e.code() == ErrorCode.DENIED ? othersThan(credentials) : Optional.empty();
      if (others.isEmpty()) {
        throw e;
      }
      return token(attempt, new TokenKey(required, others.get()), refused);
    }
  }

  private Authorization token(Attempt attempt, TokenKey key, Optional<Token> refused)
      throws RegistryException {
    Optional<Token> cached =
        tokens.cached(key).filter(token -> !refused.equals(Optional.of(token)));
    if (cached.isPresent()) {
      return new Authorization.Bearer(key, cached.get(), false);
    }
    try {
      return new Authorization.Bearer(key, tokens.obtain(key, refused), true);
    } catch (UpstreamException e) {
      // The client did not request a token, and another request may have asked for it.
      throw e.about(attempt.target());
    }
  }

  /** Credentials other than the refused ones; empty when there are none. */
  private Optional<Credentials> othersThan(Credentials refused) {
    try {
      return source.credentialsAfter(refused).filter(found -> !found.equals(refused));
    } catch (IOException e) {
      // The caller reports the refusal, which is the better reason.
      log.warn(
          "Upstream {} refused the credentials, and new ones cannot be read: {}",
          remote.name(),
          e.getMessage());
      return Optional.empty();
    }
  }

  private void forbid(Attempt attempt, Optional<String> objection) throws RegistryException {
    if (objection.isPresent()) {
      throw errors.notSent(attempt, objection.get());
    }
  }

  private @Nullable Credentials credentials(Attempt attempt) throws RegistryException {
    try {
      return source.credentials().orElse(null);
    } catch (IOException e) {
      throw errors.noCredentials(attempt, e);
    }
  }
}
