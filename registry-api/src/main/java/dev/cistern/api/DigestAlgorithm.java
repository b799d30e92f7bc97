package dev.cistern.api;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The algorithms that content is verified with: those registered by the OCI image specification
 * (descriptor.md, "Registered algorithms").
 */
public enum DigestAlgorithm {
  /** SHA-256, which every registry and client supports. */
  SHA256("sha256", "SHA-256", 64),
  /** SHA-512, which few registries use. */
  SHA512("sha512", "SHA-512", 128);

  private final String wireName;
  private final String javaName;
  private final int hexLength;

  DigestAlgorithm(String wireName, String javaName, int hexLength) {
    this.wireName = wireName;
    this.javaName = javaName;
    this.hexLength = hexLength;
  }

  /** The name before the colon of a digest, such as {@code sha256}. */
  public String wireName() {
    return wireName;
  }

  /** The number of hexadecimal characters in a digest of this algorithm. */
  public int hexLength() {
    return hexLength;
  }

  /** Starts a hash computation. The caller owns it and uses it from one thread at a time. */
  public MessageDigest newMessageDigest() {
    try {
      return MessageDigest.getInstance(javaName);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java runtime does not support " + javaName, e);
    }
  }
}
