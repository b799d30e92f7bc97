package dev.cistern.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Parses {@code n} and {@code last} of a query. Of a repeated parameter the first one is used, and
 * a parameter without a value is ignored, both as in the reference registry.
 */
final class PageParser {

  private PageParser() {}

  static Page parse(String rawQuery) throws RegistryException {
    String count = null;
    String last = null;
    for (int start = 0; start < rawQuery.length(); ) {
      int ampersand = rawQuery.indexOf('&', start);
      int end = ampersand < 0 ? rawQuery.length() : ampersand;
      if (count == null && rawQuery.startsWith("n=", start)) {
        count = rawQuery.substring(start + 2, end);
      } else if (last == null && rawQuery.startsWith("last=", start)) {
        last = rawQuery.substring(start + 5, end);
      }
      start = end + 1;
    }
    return count == null && last == null ? Page.FIRST : new Page(count(count), last(last));
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
