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

  /** The same bytes and those of small gaps: a range that follows closely is part of the last. */
  RangeList withoutGaps(long largest) {
    List<ByteRange> joined = new ArrayList<>();
    ByteRange current = ranges.get(0);
    for (ByteRange next : ranges.subList(1, ranges.size())) {
      long gap = next.first() - current.last() - 1;
      if (gap >= 0 && gap <= largest) {
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
