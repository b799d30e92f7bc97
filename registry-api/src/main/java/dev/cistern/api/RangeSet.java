package dev.cistern.api;

import java.util.List;
import java.util.Optional;

/**
 * The byte ranges of a {@code Range} header, in the order requested (RFC 9110, section 14.2).
 * Immutable.
 *
 * @param specs at least one range
 */
public record RangeSet(List<RangeSpec> specs) {

  /**
   * The client of Podman and CRI-O requests up to so many ranges at once, for the missing chunks of
   * a zstd:chunked layer.
   */
  static final int MAX_ORDERED = 1024;

  private static final int MAX_UNORDERED = 32;
  private static final int MAX_OVERLAPS = 2;

  /** Rejects an empty list. */
  public RangeSet {
    specs = List.copyOf(specs);
    if (specs.isEmpty()) {
      throw new IllegalArgumentException("A set of ranges needs at least one range");
    }
  }

  /**
   * Parses the value of the header. If it has more ranges than any client may request, only enough
   * of them are kept for {@link #tooMany} to be true.
   *
   * @return empty if the header must be ignored and the whole content served, because the header is
   *     malformed or its unit is not bytes
   */
  public static Optional<RangeSet> parse(String header) {
    return new RangeParser(header).parse();
  }

  /**
   * Whether a server should reject the ranges, as RFC 9110, section 14.2, allows: more than two
   * overlap others, or there are more than 32, or more than 1024 in ascending order. The response
   * is then 400; clients try again with fewer ranges.
   */
  public boolean tooMany() {
    int max = isAscending() ? MAX_ORDERED : MAX_UNORDERED;
    return specs.size() > max || RangeOverlaps.count(specs) > MAX_OVERLAPS;
  }

  /**
   * The ranges that content of this length can satisfy, in the order requested; empty if it can
   * satisfy none, for which the response is 416.
   *
   * @param length the content's length in bytes, not negative
   */
  public List<ByteRange> resolve(long length) {
    return specs.stream().flatMap(spec -> spec.resolve(length).stream()).toList();
  }

  /** Whether every range has both ends and begins after the end of the previous one. */
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
