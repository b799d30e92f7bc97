package dev.cistern.api;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The digest algorithms registered by the OCI image specification (descriptor.md, "Registered
 * algorithms") that content is verified with.
 */
public enum DigestAlgorithm {
  /** SHA-256, which every registry and client knows. */
  SHA256("sha256", "SHA-256", 64),
  /** SHA-512, rarer, which a registry may use. */
  SHA512("sha512", "SHA-512", 128);

  private final String wireName;
  private final String javaName;
  private final int hexLength;

  DigestAlgorithm(String wireName, String javaName, int hexLength) {
    this.wireName = wireName;
    this.javaName = javaName;
    this.hexLength = hexLength;
  }

  /** The name as it stands before the colon of a digest, such as {@code sha256}. */
  public String wireName() {
    return wireName;
  }

  /** How many hexadecimal characters a digest of this algorithm has. */
  public int hexLength() {
    return hexLength;
  }

  /** A fresh hash computation, owned by the caller and for one thread at a time. */
  public MessageDigest newMessageDigest() {
    try {
      return MessageDigest.getInstance(javaName);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java runtime has no " + javaName, e);
    }
  }
}
