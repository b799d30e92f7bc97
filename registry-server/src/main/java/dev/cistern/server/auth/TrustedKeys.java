package dev.cistern.server.auth;

import com.google.common.io.BaseEncoding;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;

/**
 * The keys of one file that may sign tokens, and the certificates that may issue such keys. Two of
 * these are never equal: what was verified by one was not verified by the next content of the file.
 * Immutable.
 */
final class TrustedKeys {

  /** For a file that is not configured. */
  static final TrustedKeys NONE = new TrustedKeys(Map.of(), Set.of());

  private final Map<String, PublicKey> byId;
  private final Set<X509Certificate> roots;

  private TrustedKeys(Map<String, PublicKey> byId, Set<X509Certificate> roots) {
    this.byId = Map.copyOf(byId);
    this.roots = Set.copyOf(roots);
  }

  /**
   * The certificates of a PEM file. A token may name the key of one by its thumbprint (RFC 7638),
   * or by the older id of Docker's libtrust.
   */
  static TrustedKeys certificates(byte[] pem) throws IOException {
    Set<X509Certificate> roots = new HashSet<>();
    Map<String, PublicKey> keys = new HashMap<>();
    try {
      for (var certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))) {
        X509Certificate root = (X509Certificate) certificate;
        roots.add(root);
        keys.put(libtrustId(root.getPublicKey()), root.getPublicKey());
        keys.put(thumbprint(root.getPublicKey()), root.getPublicKey());
      }
    } catch (CertificateException | JoseException e) {
      throw new IOException("contains a damaged certificate, or a key of an unknown kind");
    }
    if (roots.isEmpty()) {
      throw new IOException("contains no certificate; it must contain certificates as PEM");
    }
    return new TrustedKeys(keys, roots);
  }

  /** The public keys of a JSON Web Key Set (RFC 7517 §5). */
  static TrustedKeys keySet(byte[] json) throws IOException {
    Map<String, PublicKey> keys = new HashMap<>();
    try {
      for (JsonWebKey key :
          new JsonWebKeySet(new String(json, StandardCharsets.UTF_8)).getJsonWebKeys()) {
        if (key instanceof PublicJsonWebKey pair) {
          keys.put(thumbprint(pair.getPublicKey()), pair.getPublicKey());
          if (pair.getKeyId() != null) {
            keys.put(pair.getKeyId(), pair.getPublicKey());
          }
        }
      }
    } catch (JoseException e) {
      throw new IOException("is no JSON Web Key Set: an object with the member keys");
    }
    if (keys.isEmpty()) {
      throw new IOException("contains no public key of RSA, EC or Ed25519");
    }
    return new TrustedKeys(keys, Set.of());
  }

  /** The key of this name. */
  Optional<PublicKey> key(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The certificates that may issue keys. */
  Set<X509Certificate> roots() {
    return roots;
  }

  /** The name of a key (RFC 7638). */
  static String thumbprint(PublicKey key) throws JoseException {
    return PublicJsonWebKey.Factory.newPublicJwk(key)
        .calculateBase64urlEncodedThumbprint("SHA-256");
  }

  /** As libtrust has it: 240 bits of the hash in base 32, as {@code ABCD:EFGH:...}. */
  static String libtrustId(PublicKey key) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
      String text = BaseEncoding.base32().encode(hash, 0, 30);
      return String.join(":", List.of(text.split("(?<=\\G.{4})", -1))).replaceAll(":$", "");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This JVM has no SHA-256", e);
    }
  }
}
