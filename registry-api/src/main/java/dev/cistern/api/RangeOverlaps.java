package dev.cistern.api;

import dev.cistern.api.RangeSpec.From;
import dev.cistern.api.RangeSpec.FromTo;
import dev.cistern.api.RangeSpec.Suffix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Counts how often a set of ranges requests the same bytes again. All suffixes share the last byte;
 * whether they overlap other ranges depends on the content's length, which is not known here.
 */
final class RangeOverlaps {

  private RangeOverlaps() {}

  /** The number of ranges that begin inside an earlier one. Suffixes are counted separately. */
  static int count(List<RangeSpec> specs) {
    List<FromTo> placed = new ArrayList<>(specs.size());
    int suffixes = 0;
    for (RangeSpec spec : specs) {
      if (spec instanceof FromTo range) {
        placed.add(range);
      } else if (spec instanceof From open) {
        placed.add(new FromTo(open.first(), Long.MAX_VALUE));
      } else if (spec instanceof Suffix suffix && suffix.length() > 0) {
        suffixes++;
      }
    }
    return Math.max(0, suffixes - 1) + countPlaced(placed);
  }

  private static int countPlaced(List<FromTo> ranges) {
    ranges.sort(Comparator.comparingLong(FromTo::first));
    int overlaps = 0;
    long end = -1;
    for (FromTo range : ranges) {
      if (range.first() <= end) {
        overlaps++;
      }
      end = Math.max(end, range.last());
    }
    return overlaps;
  }
}
