package dev.cistern.api;

/**
 * Undoes the percent-encoding of a path, refusing what would change its meaning. Bytes beyond ASCII
 * come out as single characters: no grammar of the protocol takes any of them, so there is nothing
 * to gain from decoding UTF-8.
 */
final class PathDecoder {

  // The longest valid path with every character encoded is under 1300; the rest is generosity.
  private static final int MAX_LENGTH = 2048;

  private PathDecoder() {}

  static String decode(String rawPath) throws RegistryException {
    if (rawPath.length() > MAX_LENGTH) {
      throw invalid(rawPath, "is longer than " + MAX_LENGTH + " characters");
    }
    int percent = rawPath.indexOf('%');
    return percent < 0 ? rawPath : decodeFrom(rawPath, percent);
  }

  private static String decodeFrom(String rawPath, int start) throws RegistryException {
    StringBuilder out = new StringBuilder(rawPath.length()).append(rawPath, 0, start);
    for (int i = start; i < rawPath.length(); i++) {
      char c = rawPath.charAt(i);
      if (c == '%') {
        c = decodeOctet(rawPath, i + 1);
        i += 2;
      }
      out.append(c);
    }
    return out.toString();
  }

  private static char decodeOctet(String rawPath, int start) throws RegistryException {
    int octet = PercentEncoding.octetAt(rawPath, start);
    if (octet < 0) {
      throw invalid(rawPath, "has a '%' without two hexadecimal digits");
    }
    if (octet == '/') {
      throw invalid(rawPath, "has a percent-encoded slash");
    }
    if (octet < ' ' || octet == 0x7f) {
      throw invalid(rawPath, "has a percent-encoded control character");
    }
    return (char) octet;
  }

  private static RegistryException invalid(String rawPath, String fault) {
    return new RegistryException(
        ErrorCode.NAME_INVALID, "No path of a registry: " + Excerpt.of(rawPath) + " " + fault);
  }
}
