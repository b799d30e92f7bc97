package dev.cistern.server.auth;

import dev.cistern.server.config.AuthConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.lang.JoseException;

/**
 * Checks tokens (Distribution, "Token Authentication Implementation"; RFC 7519): the signature, by
 * an algorithm that the configuration allows, of a trusted key; issuer, audience and times.
 * Thread-safe.
 */
final class TokenVerifier {

  /** By how much the clocks may differ, as in Distribution. */
  static final Duration LEEWAY = Duration.ofSeconds(60);

  private final AuthConfig.Token config;
  private final InstantSource clock;
  private final AlgorithmConstraints algorithms;

  TokenVerifier(AuthConfig.Token config, InstantSource clock) {
    this.config = config;
    this.clock = clock;
    this.algorithms =
        new AlgorithmConstraints(
            AlgorithmConstraints.ConstraintType.PERMIT, config.algorithms().toArray(String[]::new));
  }

  /**
   * What a token allows. Takes about a millisecond of a processor.
   *
   * @throws InvalidTokenException if it is not valid
   */
  Grant verify(String token, List<TrustedKeys> trusted) throws InvalidTokenException {
    try {
      JsonWebSignature signed = new JsonWebSignature();
      signed.setAlgorithmConstraints(algorithms);
      signed.setCompactSerialization(token);
      signed.setKey(
          SigningKey.of(signed, trusted, clock.instant())
              .orElseThrow(() -> new InvalidTokenException("it names no key that is trusted")));
      if (!signed.verifySignature()) {
        throw new InvalidTokenException("its signature is wrong");
      }
      // Only now the content is looked at.
      return content(signed.getPayload());
    } catch (JoseException | RuntimeException e) {
      // Whatever the library throws at what a client sent: it is no valid token.
      throw new InvalidTokenException("it is not a token with an algorithm that is allowed");
    }
  }

  private Grant content(String payload) throws InvalidTokenException {
    try {
      return grant(JwtClaims.parse(payload));
    } catch (InvalidJwtException | MalformedClaimException | RuntimeException e) {
      throw new InvalidTokenException("its claims cannot be read");
    }
  }

  private Grant grant(JwtClaims claims) throws MalformedClaimException, InvalidTokenException {
    Instant now = clock.instant();
    NumericDate expires = claims.getExpirationTime();
    NumericDate begins = claims.getNotBefore();
    require(expires != null, "it has no time when it expires (exp)");
    Instant end = instant(Objects.requireNonNull(expires));
    require(now.isBefore(end.plus(LEEWAY)), "it has expired at " + end);
    require(
        begins == null || !now.plus(LEEWAY).isBefore(instant(begins)),
        "it is not valid yet; a clock may be wrong");
    require(
        config.issuer().equals(claims.getIssuer()), "its issuer (iss) is not auth.token.issuer");
    require(
        claims.hasAudience() && claims.getAudience().contains(config.service()),
        "its audience (aud) is not auth.token.service");
    String user = claims.getSubject();
    return new Grant(
        user == null ? "" : user, Grant.actions(claims.getClaimValue("access")), end.plus(LEEWAY));
  }

  private static void require(boolean valid, String otherwise) throws InvalidTokenException {
    if (!valid) {
      throw new InvalidTokenException(otherwise);
    }
  }

  private static Instant instant(NumericDate date) {
    return Instant.ofEpochMilli(date.getValueInMillis());
  }
}
