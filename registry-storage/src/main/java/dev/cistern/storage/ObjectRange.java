package dev.cistern.storage;

/**
 * The part of an object that a caller is going to read.
 *
 * @param first the position of its first byte, from 0
 * @param length how many bytes; {@link Long#MAX_VALUE}: up to the end of the object
 */
public record ObjectRange(long first, long length) {

  /** The whole object. */
  public static final ObjectRange ALL = from(0);

  /** Rejects a negative position and an empty range. */
  public ObjectRange {
    if (first < 0 || length <= 0) {
      throw new IllegalArgumentException(
          "invalid range: " + length + " bytes from position " + first);
    }
  }

  /** From a position to the end of the object. */
  public static ObjectRange from(long first) {
    return new ObjectRange(first, Long.MAX_VALUE);
  }

  /** The position after its last byte, in an object of this size; at least {@code first}. */
  public long end(long size) {
    return length >= size - first ? Math.max(first, size) : first + length;
  }
}
