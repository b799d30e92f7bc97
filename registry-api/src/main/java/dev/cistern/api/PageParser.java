package dev.cistern.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Parses {@code n} and {@code last} of a query, and keeps the rest. Of a repeated parameter the
 * first one is used, and a parameter without a value is ignored, both as in the reference registry.
 */
final class PageParser {

  private PageParser() {}

  static Page parse(String rawQuery) throws RegistryException {
    String count = null;
    String last = null;
    StringBuilder extra = new StringBuilder();
    for (int start = 0; start < rawQuery.length(); ) {
      int ampersand = rawQuery.indexOf('&', start);
      int end = ampersand < 0 ? rawQuery.length() : ampersand;
      if (count == null && rawQuery.startsWith("n=", start)) {
        count = rawQuery.substring(start + 2, end);
      } else if (last == null && rawQuery.startsWith("last=", start)) {
        last = rawQuery.substring(start + 5, end);
      } else if (isExtra(rawQuery, start, end)) {
        extra.append(extra.isEmpty() ? "" : "&").append(rawQuery, start, end);
      }
      start = end + 1;
    }
    return count == null && last == null && extra.isEmpty()
        ? Page.FIRST
        : page(count(count), last(last), extra.toString());
  }

  private static boolean isExtra(String rawQuery, int start, int end) {
    return rawQuery.indexOf('=', start) > start
        && rawQuery.indexOf('=', start) < end - 1
        && Page.isEncoded(rawQuery.substring(start, end))
        && !rawQuery.startsWith("n=", start)
        && !rawQuery.startsWith("last=", start)
        && !rawQuery.startsWith("ns=", start);
  }

  private static Page page(OptionalInt count, Optional<String> last, String extra)
      throws RegistryException {
    try {
      return new Page(count, last, extra);
    } catch (IllegalArgumentException e) {
      throw new RegistryException(
          ErrorCode.PAGINATION_NUMBER_INVALID, String.valueOf(e.getMessage()), e);
    }
  }

  private static OptionalInt count(@Nullable String raw) throws RegistryException {
    if (raw == null || raw.isEmpty()) {
      return OptionalInt.empty();
    }
    String text = decode("n", raw);
    long count = 0;
    for (int i = 0; i < text.length(); i++) {
      if (!Ascii.isDigit(text.charAt(i))) {
        throw invalid("n", raw, "it must be a number");
      }
      count = Math.min(count * 10 + (text.charAt(i) - '0'), Integer.MAX_VALUE);
    }
    return OptionalInt.of((int) count);
  }

  private static Optional<String> last(@Nullable String raw) throws RegistryException {
    return raw == null || raw.isEmpty() ? Optional.empty() : Optional.of(decode("last", raw));
  }

  /** Decodes a value of a form: plus for a space, the rest percent-encoded UTF-8. */
  private static String decode(String parameter, String raw) throws RegistryException {
    byte[] octets = new byte[raw.length()];
    int length = 0;
    for (int i = 0; i < raw.length(); i++) {
      int octet = raw.charAt(i);
      if (octet == '%') {
        octet = PercentEncoding.octetAt(raw, i + 1);
        i += 2;
      } else if (octet == '+') {
        octet = ' ';
      }
      if (octet < ' ' || octet == 0x7f || octet > 0xff) {
        throw invalid(parameter, raw, "it is not percent-encoded correctly");
      }
      octets[length++] = (byte) octet;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(octets, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw invalid(parameter, raw, "it is not UTF-8");
    }
  }

  private static RegistryException invalid(String parameter, String raw, String fault) {
    return new RegistryException(
        ErrorCode.PAGINATION_NUMBER_INVALID,
        "Invalid parameter " + parameter + "=" + Printable.quoted(raw) + " of a list: " + fault);
  }
}
