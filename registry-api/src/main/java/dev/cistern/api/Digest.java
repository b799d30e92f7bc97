package dev.cistern.api;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A content digest, {@code sha256:<64 hex>} or {@code sha512:<128 hex>} (OCI image specification,
 * descriptor.md, "Digests"). Immutable; equal when algorithm and hex are equal.
 *
 * <p>Upper-case hexadecimal is refused, as the specification has it: one content has one name.
 *
 * @param algorithm what the content was hashed with
 * @param hex the hash in lower-case hexadecimal, of the algorithm's exact length
 */
public record Digest(DigestAlgorithm algorithm, String hex) implements Reference {

  // values() copies its array at each call, and parsing stands on the way of every pull.
  private static final DigestAlgorithm[] ALGORITHMS = DigestAlgorithm.values();

  /**
   * Accepts a digest that is known to be valid; {@link #parse} is for text from outside.
   *
   * @throws IllegalArgumentException when the hex has the wrong length or characters
   */
  public Digest {
    String fault = fault(algorithm, hex, 0);
    if (fault != null) {
      throw new IllegalArgumentException(
          "No " + algorithm.wireName() + " digest: " + Excerpt.of(hex) + " " + fault);
    }
  }

  /**
   * Reads a digest in its wire form.
   *
   * @throws RegistryException {@link ErrorCode#DIGEST_INVALID} when the text is outside the grammar
   *     or names an algorithm other than those of {@link DigestAlgorithm}
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
    throw invalid(text, "does not begin with sha256: or sha512:");
  }

  /** The digest of content that is here whole. */
  public static Digest of(DigestAlgorithm algorithm, byte[] content) {
    return new Digest(
        algorithm, HexFormat.of().formatHex(algorithm.newMessageDigest().digest(content)));
  }

  /** The SHA-256 digest of content that is here whole. */
  public static Digest sha256(byte[] content) {
    return of(DigestAlgorithm.SHA256, content);
  }

  private static @Nullable String fault(DigestAlgorithm algorithm, String text, int start) {
    if (text.length() - start != algorithm.hexLength()) {
      return "does not have " + algorithm.hexLength() + " hexadecimal characters";
    }
    for (int i = start; i < text.length(); i++) {
      if (!Ascii.isLowerHex(text.charAt(i))) {
        return "has a character other than 0-9 and a-f";
      }
    }
    return null;
  }

  private static RegistryException invalid(String text, String fault) {
    return new RegistryException(
        ErrorCode.DIGEST_INVALID, "No digest: " + Excerpt.of(text) + " " + fault);
  }

  /** The wire form, {@code <algorithm>:<hex>}. */
  @Override
  public String toString() {
    return algorithm.wireName() + ":" + hex;
  }
}
