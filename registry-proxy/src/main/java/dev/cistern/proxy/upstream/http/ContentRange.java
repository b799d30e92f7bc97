package dev.cistern.proxy.upstream.http;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code Content-Range} in bytes (RFC 9110 §14.4).
 *
 * @param first the position of the first byte
 * @param last the position of the last byte, inclusive
 * @param total the length of the whole; empty when the header has {@code *}
 */
record ContentRange(long first, long last, OptionalLong total) {

  private static final Pattern FORM =
      Pattern.compile("(?i:bytes) +([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19}|\\*)");

  /** Empty when the header is malformed or contradicts itself. */
  static Optional<ContentRange> parse(String header) {
    Matcher form = FORM.matcher(header.strip());
    if (!form.matches()) {
      return Optional.empty();
    }
    try {
      long first = Long.parseLong(form.group(1));
      long last = Long.parseLong(form.group(2));
      OptionalLong total =
          form.group(3).equals("*")
              ? OptionalLong.empty()
              : OptionalLong.of(Long.parseLong(form.group(3)));
      boolean consistent =
          first <= last && last < Long.MAX_VALUE && (total.isEmpty() || last < total.getAsLong());
      return consistent ? Optional.of(new ContentRange(first, last, total)) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
