package dev.cistern.api;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A content digest, {@code sha256:<64 hex>} or {@code sha512:<128 hex>} (OCI image specification,
 * descriptor.md, "Digests"). Immutable; equal when algorithm and hex are equal.
 *
 * <p>Upper-case hexadecimal is rejected, as the specification requires: content has one name only.
 *
 * @param algorithm the hash function
 * @param hex the hash in lower-case hexadecimal, of the algorithm's exact length
 */
public record Digest(DigestAlgorithm algorithm, String hex) implements Reference {

  // values() copies its array at each call, and every pull parses digests.
  private static final DigestAlgorithm[] ALGORITHMS = DigestAlgorithm.values();

  /**
   * Makes a digest from text that is known to be valid; use {@link #parse} for text from outside.
   *
   * @throws IllegalArgumentException if the hex has a wrong length or wrong characters
   */
  public Digest {
    String fault = fault(algorithm, hex, 0);
    if (fault != null) {
      throw new IllegalArgumentException(
          "Invalid " + algorithm.wireName() + " digest " + Printable.quoted(hex) + ": " + fault);
    }
  }

  /**
   * Parses the form that the protocol uses, such as {@code sha256:0a4e...}.
   *
   * @throws RegistryException {@link ErrorCode#DIGEST_INVALID} if the text is not a digest or its
   *     algorithm is not one of {@link DigestAlgorithm}
   */
  public static Digest parse(String text) throws RegistryException {
    for (DigestAlgorithm algorithm : ALGORITHMS) {
      String name = algorithm.wireName();
      if (text.startsWith(name)
          && text.length() > name.length()
          && text.charAt(name.length()) == ':') {
        int start = name.length() + 1;
        String fault = fault(algorithm, text, start);
        if (fault != null) {
          throw invalid(text, fault);
        }
        return new Digest(algorithm, text.substring(start));
      }
    }
    throw invalid(text, "it must begin with sha256: or sha512:");
  }

  /** Hashes content that is completely in memory. */
  public static Digest of(DigestAlgorithm algorithm, byte[] content) {
    return new Digest(
        algorithm, HexFormat.of().formatHex(algorithm.newMessageDigest().digest(content)));
  }

  /** Hashes content that is completely in memory with SHA-256. */
  public static Digest sha256(byte[] content) {
    return of(DigestAlgorithm.SHA256, content);
  }

  private static @Nullable String fault(DigestAlgorithm algorithm, String text, int start) {
    if (text.length() - start != algorithm.hexLength()) {
      return "it must have " + algorithm.hexLength() + " hexadecimal characters";
    }
    for (int i = start; i < text.length(); i++) {
      if (!Ascii.isLowerHex(text.charAt(i))) {
        return "it may contain only 0-9 and a-f";
      }
    }
    return null;
  }

  private static RegistryException invalid(String text, String fault) {
    return new RegistryException(
        ErrorCode.DIGEST_INVALID, "Invalid digest " + Printable.quoted(text) + ": " + fault);
  }

  /** The form that the protocol uses, {@code <algorithm>:<hex>}. */
  @Override
  public String toString() {
    return algorithm.wireName() + ":" + hex;
  }
}
