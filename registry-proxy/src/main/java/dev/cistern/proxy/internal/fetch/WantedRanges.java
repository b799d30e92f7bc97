package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ByteRange;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The ranges of a blob that one client wants, in the order in which it reads them.
 *
 * @param ranges not empty
 */
record WantedRanges(List<ByteRange> ranges) {

  WantedRanges {
    ranges = List.copyOf(ranges);
  }

  /** The position that is read first. */
  long first() {
    return ranges.get(0).first();
  }

  /** The lowest position. */
  long lowest() {
    return ranges.stream().mapToLong(ByteRange::first).min().orElseThrow();
  }

  /** The position after the highest one. */
  long end() {
    return ranges.stream().mapToLong(ByteRange::last).max().orElseThrow() + 1;
  }

  /** The end of the range that has a position; the position itself if none has it. */
  long endAt(long position) {
    return ranges.stream()
        .filter(range -> position >= range.first() && position <= range.last())
        .mapToLong(range -> range.last() + 1)
        .max()
        .orElse(position);
  }

  /** Whether all bytes are here. */
  boolean areAllIn(Pieces pieces) {
    return ranges.stream().allMatch(range -> pieces.endOfHere(range.first()) > range.last());
  }

  /** Whether the begin of any range is here. */
  boolean areSomeIn(Pieces pieces) {
    return ranges.stream().anyMatch(range -> pieces.endOfHere(range.first()) > range.first());
  }

  /** What is not here of the ranges that begin after a position, for so many of them. */
  List<ByteRange> missingAfter(long position, Pieces pieces, int most) {
    List<ByteRange> missing = new ArrayList<>();
    Iterator<ByteRange> next = ranges.iterator();
    while (missing.size() < most && next.hasNext()) {
      ByteRange range = next.next();
      if (range.first() > position) {
        long from = pieces.endOfHere(range.first());
        if (from <= range.last()) {
          missing.add(new ByteRange(from, range.last()));
        }
      }
    }
    return missing;
  }

  /**
   * The same bytes and those of small gaps: ranges that follow each other closely are one, as long
   * as this is not too long.
   *
   * @param gap the largest
   * @param length the longest of what is joined
   */
  WantedRanges withoutGaps(long gap, long length) {
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
    return new WantedRanges(joined);
  }
}
