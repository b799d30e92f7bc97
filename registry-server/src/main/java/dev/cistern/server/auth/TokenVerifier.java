package dev.cistern.server.auth;

import dev.cistern.server.config.AuthConfig;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
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

  /** What a token allows; empty if it is not valid. Takes about a millisecond of a processor. */
  Optional<Grant> verify(String token, List<TrustedKeys> trusted) {
    try {
      JsonWebSignature signed = new JsonWebSignature();
      signed.setAlgorithmConstraints(algorithms);
      signed.setCompactSerialization(token);
      Optional<PublicKey> key = SigningKey.of(signed, trusted, clock.instant());
      if (key.isEmpty()) {
        return Optional.empty();
      }
      signed.setKey(key.get());
      // Only now the content is looked at.
      return signed.verifySignature()
          ? grant(JwtClaims.parse(signed.getPayload()))
          : Optional.empty();
    } catch (JoseException | InvalidJwtException | MalformedClaimException | RuntimeException e) {
      // Whatever the library throws at what a client sent: it is no valid token.
      return Optional.empty();
    }
  }

  private Optional<Grant> grant(JwtClaims claims) throws MalformedClaimException {
    Instant now = clock.instant();
    NumericDate expires = claims.getExpirationTime();
    NumericDate begins = claims.getNotBefore();
    if (expires == null
        || !now.isBefore(instant(expires).plus(LEEWAY))
        || (begins != null && now.plus(LEEWAY).isBefore(instant(begins)))
        || !config.issuer().equals(claims.getIssuer())
        || !claims.hasAudience()
        || !claims.getAudience().contains(config.service())) {
      return Optional.empty();
    }
    String user = claims.getSubject();
    return Optional.of(
        new Grant(
            user == null ? "" : user,
            Grant.actions(claims.getClaimValue("access")),
            instant(expires).plus(LEEWAY)));
  }

  private static Instant instant(NumericDate date) {
    return Instant.ofEpochMilli(date.getValueInMillis());
  }
}
