package dev.cistern.server.tls;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.ProviderException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Optional;

/** The supported kinds of keys. */
enum KeyKind {
  RSA("RSA", "SHA256withRSA"),
  EC("EC", "SHA256withECDSA"),
  /** Ed25519 and Ed448. */
  EDDSA("EdDSA", "EdDSA");

  private final String algorithm;
  private final String signature;

  KeyKind(String algorithm, String signature) {
    this.algorithm = algorithm;
    this.signature = signature;
  }

  static Optional<KeyKind> of(Key key) {
    return Arrays.stream(values())
        .filter(kind -> kind.algorithm.equals(key.getAlgorithm()))
        .findFirst();
  }

  PrivateKey privateKey(byte[] pkcs8) throws PemException {
    try {
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException | ProviderException e) {
      throw new PemException(
          this == EC
              ? "contains an EC key that is damaged or on an unsupported curve (P-256, P-384 and"
                  + " P-521 are supported)"
              : "contains a damaged " + algorithm + " key");
    }
  }

  /**
   * Whether the two belong together. Signs with one and verifies with the other, which also finds a
   * private key that is damaged but still readable.
   */
  static boolean belong(PrivateKey key, PublicKey publicKey) {
    Optional<KeyKind> kind = of(key);
    return kind.isPresent() && kind.equals(of(publicKey)) && kind.get().verifies(key, publicKey);
  }

  private boolean verifies(PrivateKey key, PublicKey publicKey) {
    byte[] message = {1, 2, 3, 4};
    try {
      Signature signer = Signature.getInstance(signature);
      signer.initSign(key);
      signer.update(message);
      Signature verifier = Signature.getInstance(signature);
      verifier.initVerify(publicKey);
      verifier.update(message);
      return verifier.verify(signer.sign());
    } catch (GeneralSecurityException | ProviderException e) {
      // Keys of different sizes or curves cause an exception, not a wrong signature.
      return false;
    }
  }
}
