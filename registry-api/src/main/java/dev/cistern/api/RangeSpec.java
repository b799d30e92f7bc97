package dev.cistern.api;

import java.util.Optional;

/**
 * One range as a client requests it, before the length of the content is known (RFC 9110, section
 * 14.1.1). Immutable. Positions too large for a {@code long} are {@link Long#MAX_VALUE}, which is
 * beyond the end of any content.
 */
public sealed interface RangeSpec {

  /**
   * The bytes that this selects in content of the given length, at most up to its end; empty if the
   * content cannot satisfy the range.
   *
   * @param length the content's length in bytes, not negative
   */
  Optional<ByteRange> resolve(long length);

  /**
   * {@code first-last}, both included.
   *
   * @param first the first byte's position, from 0
   * @param last the last byte's position, not before the first
   */
  record FromTo(long first, long last) implements RangeSpec {

    /** Rejects a negative position and a last position before the first. */
    public FromTo {
      if (first < 0 || last < first) {
        throw new IllegalArgumentException("Invalid range " + first + "-" + last);
      }
    }

    @Override
    public Optional<ByteRange> resolve(long length) {
      return first < length
          ? Optional.of(new ByteRange(first, Math.min(last, length - 1)))
          : Optional.empty();
    }
  }

  /**
   * {@code first-}: everything from a position to the end.
   *
   * @param first the first byte's position, from 0
   */
  record From(long first) implements RangeSpec {

    /** Rejects a negative position. */
    public From {
      if (first < 0) {
        throw new IllegalArgumentException("Invalid range " + first + "-");
      }
    }

    @Override
    public Optional<ByteRange> resolve(long length) {
      return first < length ? Optional.of(new ByteRange(first, length - 1)) : Optional.empty();
    }
  }

  /**
   * {@code -length}: that many bytes at the end, or all if there are fewer.
   *
   * @param length the number of bytes; 0 is valid but cannot be satisfied
   */
  record Suffix(long length) implements RangeSpec {

    /** Rejects a negative length. */
    public Suffix {
      if (length < 0) {
        throw new IllegalArgumentException("Invalid range of the last " + length + " bytes");
      }
    }

    @Override
    public Optional<ByteRange> resolve(long total) {
      return length > 0 && total > 0
          ? Optional.of(new ByteRange(Math.max(0, total - length), total - 1))
          : Optional.empty();
    }
  }
}
