package dev.cistern.server.auth;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.server.http.Answers;
import dev.cistern.server.http.ClientAddress;
import dev.cistern.server.http.LoginRefusal;
import dev.cistern.server.http.Outcome;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.SameThreadExecutor;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Asks clients for a user name and a password of a file (RFC 7617). A right password that was seen
 * before costs one look-up; all others are checked on other threads, while no I/O thread waits.
 * Each listener has one of these. Thread-safe.
 */
public final class BasicAuthentication {

  private final String challenge;
  private final PasswordLogin login;

  /**
   * Users of a file.
   *
   * @param realm what clients show when they ask for the password
   * @param threads on which to check passwords; must be closed after the listener
   */
  public BasicAuthentication(String realm, PasswordFile passwords, AuthThreads threads) {
    this(realm, passwords, threads, System::nanoTime);
  }

  BasicAuthentication(
      String realm, PasswordFile passwords, AuthThreads threads, LongSupplier nanos) {
    challenge = "Basic realm=" + Challenge.quoted(realm);
    login = new PasswordLogin(passwords, threads, nanos);
  }

  /** A handler that lets only those to {@code next} who have logged in. */
  public HttpHandler before(HttpHandler next) {
    return exchange -> admit(exchange, next);
  }

  /** Lets a request to {@code next} if its client has logged in. Call on the I/O thread. */
  public void admit(HttpServerExchange exchange, HttpHandler next) throws Exception {
    HeaderValues headers = exchange.getRequestHeaders().get(Headers.AUTHORIZATION);
    Optional<BasicCredentials> sent =
        headers == null || headers.size() != 1
            ? Optional.empty()
            : BasicCredentials.parse(headers.getFirst()).filter(login -> !login.isEmpty());
    if (sent.isEmpty()) {
      refuse(exchange, "Log in: this server serves only its users");
      return;
    }
    BasicCredentials credentials = sent.get();
    CredentialKey key = CredentialKey.of(credentials);
    if (login.hasVerified(key)) {
      Outcome.user(exchange, credentials.user());
      next.handleRequest(exchange);
      return;
    }
    String network = ClientAddress.network(exchange);
    Answers.answer(
        exchange,
        requester -> login.check(credentials, key, network, requester::isWaiting),
        verdict -> {
          HttpHandler rest = later -> settle(later, credentials.user(), verdict, next);
          exchange.dispatch(SameThreadExecutor.INSTANCE, rest);
        });
  }

  private void settle(HttpServerExchange exchange, String user, Verdict verdict, HttpHandler next)
      throws Exception {
    if (verdict instanceof Verdict.Accepted) {
      Outcome.user(exchange, user);
      next.handleRequest(exchange);
    } else if (verdict instanceof Verdict.Postponed postponed) {
      Outcome.refused(exchange, LoginRefusal.TOO_MANY_ATTEMPTS);
      Answers.fail(
          exchange,
          new RegistryException(
                  ErrorCode.TOOMANYREQUESTS,
                  "Too many attempts to log in from this address; try again later")
              .withRetryAfter(postponed.delay()));
    } else {
      Outcome.refused(exchange, LoginRefusal.WRONG_PASSWORD);
      refuse(exchange, "The user name or the password is wrong");
    }
  }

  private void refuse(HttpServerExchange exchange, String reason) {
    exchange.getResponseHeaders().put(Headers.WWW_AUTHENTICATE, challenge);
    Answers.fail(exchange, new RegistryException(ErrorCode.UNAUTHORIZED, reason));
  }
}
