package dev.cistern.server.auth;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.server.config.AuthConfig;
import dev.cistern.server.http.Answers;
import dev.cistern.server.http.Asked;
import dev.cistern.server.http.ClientAddress;
import dev.cistern.server.http.Guard;
import dev.cistern.server.http.LoginRefusal;
import dev.cistern.server.http.Outcome;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.SameThreadExecutor;
import java.util.Optional;

/**
 * Asks clients for a token of a token service (Distribution, "Token Authentication"; RFC 6750). As
 * in Distribution, a token that does not allow what is asked for is answered with 401 and not 403:
 * clients ask the service for another token only after a 401.
 */
final class TokenAuthentication implements Guard {

  private static final String SCHEME = "Bearer ";

  private final AuthConfig.Token config;
  private final TokenLogin login;

  TokenAuthentication(AuthConfig.Token config, TokenLogin login) {
    this.config = config;
    this.login = login;
  }

  @Override
  public void admit(HttpServerExchange exchange, Optional<Asked> asked, HttpHandler next)
      throws Exception {
    Optional<Grant.Scope> scope = asked.flatMap(Grant.Scope::of);
    HeaderValues headers = exchange.getRequestHeaders().get(Headers.AUTHORIZATION);
    if (headers == null
        || headers.size() != 1
        || !headers.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      refuse(exchange, scope, "", "Get a token: this server serves only those who have one");
      return;
    }
    String token = headers.getFirst().substring(SCHEME.length()).strip();
    CredentialKey key = CredentialKey.of(token);
    Optional<Grant> known = login.known(key);
    if (known.isPresent()) {
      settle(exchange, scope, new TokenLogin.Result.Valid(known.get()), next);
      return;
    }
    String network = ClientAddress.network(exchange);
    Answers.answer(
        exchange,
        unused -> login.check(token, key, network),
        result -> {
          HttpHandler rest = later -> settle(later, scope, result, next);
          exchange.dispatch(SameThreadExecutor.INSTANCE, rest);
        });
  }

  private void settle(
      HttpServerExchange exchange,
      Optional<Grant.Scope> scope,
      TokenLogin.Result result,
      HttpHandler next)
      throws Exception {
    if (result instanceof TokenLogin.Result.Valid valid) {
      Outcome.user(exchange, valid.grant().user());
      if (scope.filter(needed -> !valid.grant().allows(needed)).isPresent()) {
        Outcome.refused(exchange, LoginRefusal.INSUFFICIENT_SCOPE);
        refuse(exchange, scope, "insufficient_scope", "The token does not allow this");
      } else {
        next.handleRequest(exchange);
      }
    } else if (result instanceof TokenLogin.Result.Postponed postponed) {
      Outcome.refused(exchange, LoginRefusal.TOO_MANY_ATTEMPTS);
      Answers.fail(
          exchange,
          new RegistryException(
                  ErrorCode.TOOMANYREQUESTS, "Too many tokens that are not valid; try again later")
              .withRetryAfter(postponed.delay()));
    } else if (result instanceof TokenLogin.Result.Invalid invalid) {
      Outcome.refused(exchange, LoginRefusal.INVALID_TOKEN);
      refuse(exchange, scope, "invalid_token", "The token is not valid: " + invalid.reason());
    }
  }

  private void refuse(
      HttpServerExchange exchange, Optional<Grant.Scope> scope, String error, String reason) {
    StringBuilder challenge = new StringBuilder("Bearer realm=");
    challenge.append(Challenge.quoted(config.realm()));
    challenge.append(",service=").append(Challenge.quoted(config.service()));
    scope.ifPresent(
        needed -> challenge.append(",scope=").append(Challenge.quoted(needed.toString())));
    if (!error.isEmpty()) {
      challenge.append(",error=").append(Challenge.quoted(error));
    }
    exchange.getResponseHeaders().put(Headers.WWW_AUTHENTICATE, challenge.toString());
    Answers.fail(exchange, new RegistryException(ErrorCode.UNAUTHORIZED, reason));
  }
}
