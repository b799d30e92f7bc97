package dev.cistern.proxy.upstream;

import dev.cistern.api.RegistryException;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import okhttp3.HttpUrl;
import okhttp3.Request;

/**
 * Asks token services for tokens, by GET as distribution's token authentication specification has
 * it.
 */
final class TokenService {

  private static final int MAX_ANSWER = 256 * 1024;

  private final RedirectLoop redirects;
  private final UpstreamErrors errors;
  private final InstantSource clock;

  TokenService(RedirectLoop redirects, UpstreamErrors errors, InstantSource clock) {
    this.redirects = redirects;
    this.errors = errors;
    this.clock = clock;
  }

  /** A new token. Whether the service may have the credentials has been decided before. */
  Token fetch(TokenKey key) throws RegistryException {
    Attempt attempt = Attempt.token(key);
    Instant asked = clock.instant();
    try (Exchange answer = redirects.send(request(key), Patience.WHOLE)) {
      if (answer.status() != 200) {
        throw errors.refused(attempt, answer);
      }
      return TokenAnswer.parse(answer.readAll(MAX_ANSWER), asked);
    } catch (IOException e) {
      throw errors.failed(attempt, e);
    }
  }

  private static Request request(TokenKey key) {
    HttpUrl.Builder url = key.realm().newBuilder();
    if (!key.demand().service().isEmpty()) {
      url.addQueryParameter("service", key.demand().service());
    }
    key.demand().scopes().forEach(scope -> url.addQueryParameter("scope", scope));
    Request.Builder request = new Request.Builder().url(url.build());
    Credentials credentials = key.credentials();
    if (credentials != null) {
      request.header("Authorization", Authorization.basic(credentials).header());
    }
    return request.build();
  }
}
