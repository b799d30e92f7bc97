package dev.cistern.server.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a cache holds in the place of a secret: its HMAC-SHA-256, by a key that is made at each
 * start and that is nowhere else. So the heap holds no secret, nor a hash to try passwords on.
 *
 * @param text of 64 characters
 */
record CredentialKey(String text) {

  private static final String ALGORITHM = "HmacSHA256";

  private static final SecretKeySpec KEY = newKey();

  /** The key of a user with a password. */
  static CredentialKey of(BasicCredentials credentials) {
    Mac mac = mac();
    mac.update(credentials.user().getBytes(StandardCharsets.UTF_8));
    // No name contains it: it ends the name.
    mac.update((byte) ':');
    return new CredentialKey(HexFormat.of().formatHex(mac.doFinal(credentials.password())));
  }

  /** The key of a text. */
  static CredentialKey of(String secret) {
    return new CredentialKey(
        HexFormat.of().formatHex(mac().doFinal(secret.getBytes(StandardCharsets.UTF_8))));
  }

  private static Mac mac() {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(KEY);
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This JVM has no " + ALGORITHM, e);
    }
  }

  private static SecretKeySpec newKey() {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    return new SecretKeySpec(key, ALGORITHM);
  }
}
