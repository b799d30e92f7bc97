package dev.cistern.api;

import java.util.List;
import java.util.Optional;

/**
 * The ranges of a {@code Range} header in bytes, in the order asked for (RFC 9110, section 14.2).
 * Immutable.
 *
 * @param specs at least one range
 */
public record RangeSet(List<RangeSpec> specs) {

  /**
   * As many as the client of Podman and CRI-O asks at once for the missing chunks of a zstd:chunked
   * layer.
   */
  static final int MAX_ORDERED = 1024;

  private static final int MAX_UNORDERED = 32;
  private static final int MAX_OVERLAPS = 2;

  /** Accepts at least one range. */
  public RangeSet {
    specs = List.copyOf(specs);
    if (specs.isEmpty()) {
      throw new IllegalArgumentException("A set of ranges needs one at least");
    }
  }

  /**
   * Reads a header's value. Of a header with more ranges than any client may ask for, only so many
   * are kept that {@link #tooMany} is true.
   *
   * @return empty when the header is to be ignored, so that the whole content is the answer: it is
   *     malformed or in a unit other than bytes
   */
  public static Optional<RangeSet> parse(String header) {
    return new RangeParser(header).parse();
  }

  /**
   * Whether this is more than a client has use for, which RFC 9110, section 14.2, lets a server
   * refuse: more than two ranges that overlap others, more than 32 in no order, or more than 1024
   * in ascending order. The answer is then 400, which makes clients ask for fewer.
   */
  public boolean tooMany() {
    int max = isAscending() ? MAX_ORDERED : MAX_UNORDERED;
    return specs.size() > max || RangeOverlaps.count(specs) > MAX_OVERLAPS;
  }

  /**
   * The ranges that content of a given length can satisfy, in the order asked for; empty when it
   * can satisfy none, which is answered with 416.
   *
   * @param length of the content in bytes, not negative
   */
  public List<ByteRange> resolve(long length) {
    return specs.stream().flatMap(spec -> spec.resolve(length).stream()).toList();
  }

  /**
   * Whether each range begins after the one before it ends, none being left open before the last.
   */
  private boolean isAscending() {
    long end = -1;
    for (RangeSpec spec : specs) {
      if (!(spec instanceof RangeSpec.FromTo range) || range.first() <= end) {
        return false;
      }
      end = range.last();
    }
    return true;
  }
}
