package dev.cistern.server.tls;

import java.util.Base64;

/**
 * One block of a PEM file. Decoded only when asked for, so that a damaged block that nobody needs
 * does no harm. A class rather than a record, because a record's {@code toString} would show keys.
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

  /** What stands after {@code BEGIN}, such as {@code CERTIFICATE}. */
  String label() {
    return label;
  }

  /** Whether its content needs a passphrase, as far as headers in front of it say so. */
  boolean encrypted() {
    return encrypted;
  }

  byte[] der() throws PemException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new PemException("holds a damaged " + this + ", which is not valid Base64");
    }
  }

  @Override
  public String toString() {
    return label + " (line " + line + ")";
  }
}
