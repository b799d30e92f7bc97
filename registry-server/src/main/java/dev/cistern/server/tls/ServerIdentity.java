package dev.cistern.server.tls;

import dev.cistern.api.Printable;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/** A certificate chain and the private key of its first certificate. Immutable. */
final class ServerIdentity {

  private final List<X509Certificate> chain;
  private final PrivateKey key;
  private final String alias;

  /**
   * @param chain one or more certificates, the one of the server first
   * @param key the key of the first certificate
   */
  ServerIdentity(List<X509Certificate> chain, PrivateKey key) {
    this.chain = List.copyOf(chain);
    this.key = key;
    this.alias = fingerprint(this.chain.get(0));
  }

  /** A unique name: another key or another certificate has another one. */
  String alias() {
    return alias;
  }

  List<X509Certificate> chain() {
    return chain;
  }

  PrivateKey key() {
    return key;
  }

  /** The name of the algorithm in JSSE. */
  String keyAlgorithm() {
    return certificate().getPublicKey().getAlgorithm();
  }

  boolean hasExpired(Instant now) {
    return expiry().isBefore(now);
  }

  private Instant expiry() {
    return certificate().getNotAfter().toInstant();
  }

  private X509Certificate certificate() {
    return chain.get(0);
  }

  private static String fingerprint(X509Certificate certificate) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha256.digest(certificate.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // every JDK has SHA-256; what was parsed is encoded
    }
  }

  /** For logs: describes the certificate, and shows nothing of the key. */
  @Override
  public String toString() {
    // Many certificates have no subject, only alternative names.
    return Printable.escaped(
        "certificate "
            + certificate().getSubjectX500Principal().getName()
            + " (serial "
            + certificate().getSerialNumber().toString(16)
            + ", valid until "
            + expiry()
            + ")");
  }
}
