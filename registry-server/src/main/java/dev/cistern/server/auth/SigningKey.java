package dev.cistern.server.auth;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;

/**
 * Finds the key of a token by its header, in the order of Distribution: {@code x5c}, a chain of
 * certificates up to a trusted one; {@code jwk}, a key that must be trusted itself or have such a
 * chain; {@code kid}, the name of a trusted key.
 */
final class SigningKey {

  /** As many as any real chain has. */
  private static final int MOST_CERTIFICATES = 10;

  private SigningKey() {}

  /** The trusted key that a token claims to be signed by; empty if it names none. */
  static Optional<PublicKey> of(JsonWebSignature token, List<TrustedKeys> trusted, Instant now) {
    try {
      List<X509Certificate> chain = token.getCertificateChainHeaderValue();
      if (chain != null) {
        return leaf(chain, trusted, now);
      }
      if (token.getHeaders().getObjectHeaderValue("jwk") != null) {
        return embedded(token.getHeaders().getPublicJwkHeaderValue("jwk", null), trusted, now);
      }
      String id = token.getKeyIdHeaderValue();
      return id == null ? Optional.empty() : named(id, trusted);
    } catch (JoseException | GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  private static Optional<PublicKey> named(String id, List<TrustedKeys> trusted) {
    return trusted.stream().flatMap(keys -> keys.key(id).stream()).findFirst();
  }

  private static Optional<PublicKey> embedded(
      PublicJsonWebKey key, List<TrustedKeys> trusted, Instant now)
      throws JoseException, GeneralSecurityException {
    if (key.getCertificateChain() != null) {
      return leaf(key.getCertificateChain(), trusted, now)
          .filter(leaf -> leaf.equals(key.getPublicKey()));
    }
    return named(TrustedKeys.thumbprint(key.getPublicKey()), trusted);
  }

  /** The key of the first certificate, if the chain leads to a root. */
  private static Optional<PublicKey> leaf(
      List<X509Certificate> chain, List<TrustedKeys> trusted, Instant now)
      throws GeneralSecurityException {
    Set<X509Certificate> roots =
        trusted.stream().flatMap(keys -> keys.roots().stream()).collect(Collectors.toSet());
    if (chain.isEmpty() || chain.size() > MOST_CERTIFICATES || roots.isEmpty()) {
      return Optional.empty();
    }
    List<X509Certificate> path = new ArrayList<>();
    for (X509Certificate certificate : chain) {
      if (roots.contains(certificate)) {
        break;
      }
      path.add(certificate);
    }
    if (path.isEmpty()) {
      chain.get(0).checkValidity(Date.from(now));
    } else {
      PKIXParameters parameters =
          new PKIXParameters(
              roots.stream().map(root -> new TrustAnchor(root, null)).collect(Collectors.toSet()));
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      var unused =
          CertPathValidator.getInstance("PKIX")
              .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
    }
    return Optional.of(chain.get(0).getPublicKey());
  }
}
