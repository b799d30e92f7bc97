package dev.cistern.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Parses {@code n} and {@code last} of a query, and keeps all of it. Of a repeated parameter the
 * first one is used, and a parameter without a value counts as absent, both as in the reference
 * registry.
 */
final class PageParser {

  /** What a query may contain besides letters and digits (RFC 3986, section 3.4). */
  private static final String PUNCTUATION = "!$%&'()*+,-./:;=?@_~";

  private PageParser() {}

  static Page parse(String rawQuery) throws RegistryException {
    String count = null;
    String last = null;
    boolean token = false;
    StringBuilder query = new StringBuilder();
    for (int start = 0; start < rawQuery.length(); ) {
      int end = endOfParameter(rawQuery, start);
      if (rawQuery.startsWith("n=", start)) {
        count = count == null ? rawQuery.substring(start + 2, end) : count;
      } else if (rawQuery.startsWith("last=", start)) {
        last = last == null ? rawQuery.substring(start + 5, end) : last;
      } else {
        token = token || isToken(rawQuery, start, end);
      }
      if (end > start && !isParameter(rawQuery, start, end, "ns")) {
        query.append(query.isEmpty() ? "" : "&");
        appendEncoded(query, rawQuery.substring(start, end));
      }
      start = end + 1;
    }
    OptionalInt entries = count(count);
    Optional<String> after = last(last);
    if (entries.isEmpty() && after.isEmpty() && !token) {
      return Page.FIRST;
    }
    if (query.length() > Page.MAX_QUERY) {
      throw new RegistryException(
          ErrorCode.PAGINATION_NUMBER_INVALID,
          "Invalid parameters of a list: they are longer than " + Page.MAX_QUERY + " characters");
    }
    return new Page(entries, after, query.toString());
  }

  /** The parameters that say neither how many entries nor after which one. */
  static String token(String query) {
    StringBuilder token = new StringBuilder();
    for (int start = 0; start < query.length(); ) {
      int end = endOfParameter(query, start);
      if (isToken(query, start, end)) {
        token.append(token.isEmpty() ? "" : "&").append(query, start, end);
      }
      start = end + 1;
    }
    return token.toString();
  }

  static String withoutCount(String query) {
    StringBuilder rest = new StringBuilder();
    for (int start = 0; start < query.length(); ) {
      int end = endOfParameter(query, start);
      if (!isParameter(query, start, end, "n")) {
        rest.append(rest.isEmpty() ? "" : "&").append(query, start, end);
      }
      start = end + 1;
    }
    return rest.toString();
  }

  private static boolean isToken(String query, int start, int end) {
    return end > start
        && !isParameter(query, start, end, "n")
        && !isParameter(query, start, end, "last")
        && !isParameter(query, start, end, "ns");
  }

  private static boolean isParameter(String query, int start, int end, String name) {
    int afterName = start + name.length();
    return query.startsWith(name, start)
        && (afterName == end || (afterName < end && query.charAt(afterName) == '='));
  }

  private static int endOfParameter(String query, int start) {
    int ampersand = query.indexOf('&', start);
    return ampersand < 0 ? query.length() : ampersand;
  }

  private static void appendEncoded(StringBuilder query, String parameter) {
    for (byte octet : parameter.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (octet & 0xff);
      if (Ascii.isLetterOrDigit(c) || PUNCTUATION.indexOf(c) >= 0) {
        query.append(c);
      } else {
        query.append('%').append(HexFormat.of().withUpperCase().toHexDigits(octet));
      }
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
