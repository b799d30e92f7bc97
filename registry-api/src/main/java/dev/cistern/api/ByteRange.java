package dev.cistern.api;

/**
 * A range of bytes in content of known length (RFC 9110, section 14.1.2). Immutable.
 *
 * @param first the position of the first byte, from 0
 * @param last the position of the last byte, included
 */
public record ByteRange(long first, long last) {

  /** Accepts ranges of at least one byte. */
  public ByteRange {
    if (first < 0 || last < first || last == Long.MAX_VALUE) {
      throw new IllegalArgumentException(
          "Invalid byte range "
              + first
              + "-"
              + last
              + ": the first position must be from 0 and not after the last");
    }
  }

  /** How many bytes the range holds; at least 1. */
  public long length() {
    return last - first + 1;
  }
}
