package dev.cistern.server.tls;

import java.util.Base64;

/**
 * One block of a PEM file. It is decoded on demand, so that a damaged block that is not needed does
 * no harm. It is not a record, because the {@code toString} of a record would show keys.
 */
final class PemBlock {

  private final String label;
  private final int line;
  private final boolean encrypted;
  private final String base64;

  PemBlock(String label, int line, boolean encrypted, String base64) {
    this.label = label;
    this.line = line;
    this.encrypted = encrypted;
    this.base64 = base64;
  }

  /** The text after {@code BEGIN}, such as {@code CERTIFICATE}. */
  String label() {
    return label;
  }

  /** Whether a header says that the content needs a passphrase. */
  boolean encrypted() {
    return encrypted;
  }

  byte[] der() throws PemException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new PemException("contains a damaged " + this + ", which is not valid Base64");
    }
  }

  @Override
  public String toString() {
    return label + " (line " + line + ")";
  }
}
