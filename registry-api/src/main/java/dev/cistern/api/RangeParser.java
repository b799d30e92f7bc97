package dev.cistern.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parses the grammar of RFC 9110, section 14.2. */
final class RangeParser {

  private static final String UNIT = "bytes=";

  private final String header;
  private final List<RangeSpec> specs = new ArrayList<>();
  private int position;

  RangeParser(String header) {
    this.header = header;
  }

  Optional<RangeSet> parse() {
    skipBlanks();
    if (!header.regionMatches(true, position, UNIT, 0, UNIT.length())) {
      return Optional.empty();
    }
    position += UNIT.length();
    while (true) {
      skipBlanks();
      // A recipient must accept empty elements in a list: RFC 9110, section 5.6.1.2.
      if (!at(',') && position < header.length()) {
        RangeSpec spec = spec();
        if (spec == null) {
          return Optional.empty();
        }
        keep(spec);
        skipBlanks();
      }
      if (position == header.length()) {
        return specs.isEmpty() ? Optional.empty() : Optional.of(new RangeSet(specs));
      }
      if (!at(',')) {
        return Optional.empty();
      }
      position++;
    }
  }

  /** Keeps at most one range too many: enough to reject the set, however long the header is. */
  private void keep(RangeSpec spec) {
    if (specs.size() <= RangeSet.MAX_ORDERED) {
      specs.add(spec);
    }
  }

  private @Nullable RangeSpec spec() {
    if (at('-')) {
      position++;
      long length = number();
      return length < 0 ? null : new RangeSpec.Suffix(length);
    }
    long first = number();
    if (first < 0 || !at('-')) {
      return null;
    }
    position++;
    if (!atDigit()) {
      return new RangeSpec.From(first);
    }
    long last = number();
    return last < first ? null : new RangeSpec.FromTo(first, last);
  }

  /**
   * The number at the current position, {@link Long#MAX_VALUE} if it is larger; -1 if there is
   * none.
   */
  private long number() {
    if (!atDigit()) {
      return -1;
    }
    long value = 0;
    for (; atDigit(); position++) {
      int digit = header.charAt(position) - '0';
      value = value > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : value * 10 + digit;
    }
    return value;
  }

  private void skipBlanks() {
    while (at(' ') || at('\t')) {
      position++;
    }
  }

  private boolean at(char c) {
    return position < header.length() && header.charAt(position) == c;
  }

  private boolean atDigit() {
    return position < header.length() && Ascii.isDigit(header.charAt(position));
  }
}
