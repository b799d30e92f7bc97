package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ByteRange;
import java.util.ArrayList;
import java.util.List;

/**
 * Some ranges of a blob, in the order of a request. Immutable.
 *
 * @param ranges not empty
 */
record RangeList(List<ByteRange> ranges) {

  RangeList {
    ranges = List.copyOf(ranges);
  }

  /** The end of the range that has a position; the position itself if none has it. */
  long endOf(long position) {
    long end = position;
    for (ByteRange range : ranges) {
      if (position >= range.first() && position <= range.last()) {
        end = Math.max(end, range.last() + 1);
      }
    }
    return end;
  }

  /**
   * The same bytes and those of small gaps: ranges that follow each other closely are one, as long
   * as this is not too long.
   *
   * @param gap the largest
   * @param length the longest of what is joined
   */
  RangeList withoutGaps(long gap, long length) {
    List<ByteRange> joined = new ArrayList<>();
    ByteRange current = ranges.get(0);
    for (ByteRange next : ranges.subList(1, ranges.size())) {
      long between = next.first() - current.last() - 1;
      if (between >= 0 && between <= gap && next.last() - current.first() < length) {
        current = new ByteRange(current.first(), next.last());
      } else {
        joined.add(current);
        current = next;
      }
    }
    joined.add(current);
    return new RangeList(joined);
  }
}
