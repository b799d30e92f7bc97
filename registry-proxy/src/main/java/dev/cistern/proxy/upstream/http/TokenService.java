package dev.cistern.proxy.upstream.http;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.CacheListener.TokenOutcome;
import dev.cistern.proxy.event.TokenRequest;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalInt;
import okhttp3.FormBody;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * Requests tokens from token services: by GET, as in Distribution's token authentication
 * specification, or with an identity token by POST, as in its OAuth 2 page.
 */
final class TokenService {

  private static final int MAX_ANSWER = 256 * 1024;
  private static final String CLIENT_ID = "cistern";

  private final RedirectLoop redirects;
  private final UpstreamErrors errors;
  private final InstantSource clock;
  private final String upstream;
  private final CacheListener listener;

  TokenService(
      UpstreamConfig config,
      RedirectLoop redirects,
      UpstreamErrors errors,
      CacheListener listener) {
    this.redirects = redirects;
    this.errors = errors;
    this.listener = listener;
    clock = config.clock();
    upstream = config.name();
  }

  /** Requests a new token. The caller has checked that the service may get the credentials. */
  Token fetch(TokenKey key) throws RegistryException {
    Attempt attempt = Attempt.token(key);
    Instant asked = clock.instant();
    long start = System.nanoTime();
    TokenOutcome outcome = TokenOutcome.FAILED;
    OptionalInt status = OptionalInt.empty();
    try (Exchange answer = send(key)) {
      status = OptionalInt.of(answer.status());
      if (answer.status() != 200) {
        throw errors.refused(attempt, answer);
      }
      Token token = TokenAnswer.parse(answer.readAll(MAX_ANSWER), asked);
      outcome = TokenOutcome.OBTAINED;
      return token;
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    } finally {
      listener.tokenRequested(
          request(key, status), outcome, Duration.ofNanos(System.nanoTime() - start));
    }
  }

  /** What may be known of it: its query and its body are secrets, or lead to them. */
  private TokenRequest request(TokenKey key, OptionalInt status) {
    return new TokenRequest(
        upstream,
        isExchange(key) ? "POST" : "GET",
        key.realm().host(),
        key.realm().port(),
        status,
        UpstreamWork.cause());
  }

  private static boolean isExchange(TokenKey key) {
    return key.credentials() != null && key.credentials().isIdentityToken();
  }

  private Exchange send(TokenKey key) throws IOException {
    Credentials credentials = key.credentials();
    return credentials != null && credentials.isIdentityToken()
        ? redirects.sendOnce(exchangeOf(credentials, key), DeadlineScope.WHOLE)
        : redirects.send(requestBy(credentials, key), DeadlineScope.WHOLE);
  }

  private static Request requestBy(@Nullable Credentials credentials, TokenKey key) {
    HttpUrl.Builder url = key.realm().newBuilder();
    if (!key.requirement().service().isEmpty()) {
      url.addQueryParameter("service", key.requirement().service());
    }
    key.requirement().scopes().forEach(scope -> url.addQueryParameter("scope", scope));
    Request.Builder request = requestTo(url.build(), key);
    if (credentials != null) {
      request.header("Authorization", new Authorization.Basic(credentials).header());
    }
    return request.build();
  }

  private static Request exchangeOf(Credentials identity, TokenKey key) {
    FormBody form =
        new FormBody.Builder()
            .add("grant_type", "refresh_token")
            .add("service", key.requirement().service())
            .add("client_id", CLIENT_ID)
            .add("scope", String.join(" ", key.requirement().scopes()))
            .add("refresh_token", identity.password())
            .build();
    return requestTo(key.realm(), key).tag(Credentials.class, identity).post(form).build();
  }

  private static Request.Builder requestTo(HttpUrl url, TokenKey key) {
    Request.Builder request = new Request.Builder().url(url).tag(TokenKey.class, key);
    return key.requirement().publicOnly()
        ? request.tag(Transport.PublicOnly.class, new Transport.PublicOnly())
        : request;
  }
}
