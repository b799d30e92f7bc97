package dev.cistern.api;

import java.util.Optional;

/**
 * One range as a client asks for it, before the length of the content is known (RFC 9110, section
 * 14.1.1). Immutable. Positions too large for a {@code long} stand as {@link Long#MAX_VALUE}, past
 * the end of any content.
 */
public sealed interface RangeSpec {

  /**
   * The bytes this means in content of a given length, cut at its end; empty when there are none,
   * that is when the range cannot be satisfied.
   *
   * @param length of the content in bytes, not negative
   */
  Optional<ByteRange> resolve(long length);

  /**
   * {@code first-last}, both included.
   *
   * @param first the first byte's position, from 0
   * @param last the last byte's position, not before the first
   */
  record FromTo(long first, long last) implements RangeSpec {

    /** Accepts ranges that are not reversed. */
    public FromTo {
      if (first < 0 || last < first) {
        throw new IllegalArgumentException("No range: " + first + "-" + last);
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
   * {@code first-}: everything from a position on.
   *
   * @param first the first byte's position, from 0
   */
  record From(long first) implements RangeSpec {

    /** Accepts positions from 0. */
    public From {
      if (first < 0) {
        throw new IllegalArgumentException("No range: " + first + "-");
      }
    }

    @Override
    public Optional<ByteRange> resolve(long length) {
      return first < length ? Optional.of(new ByteRange(first, length - 1)) : Optional.empty();
    }
  }

  /**
   * {@code -length}: the last so many bytes, or all when there are fewer.
   *
   * @param length how many; 0 is valid and never satisfiable
   */
  record Suffix(long length) implements RangeSpec {

    /** Accepts lengths from 0. */
    public Suffix {
      if (length < 0) {
        throw new IllegalArgumentException("No range of the last " + length + " bytes");
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
