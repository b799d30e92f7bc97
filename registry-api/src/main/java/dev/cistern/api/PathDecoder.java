package dev.cistern.api;

/**
 * Decodes the percent-encoding of a path and rejects what would change its meaning. A byte beyond
 * ASCII becomes one character; UTF-8 is not decoded, because no grammar of the protocol allows such
 * characters.
 */
final class PathDecoder {

  // The longest valid path has fewer than 1300 characters with every character encoded.
  private static final int MAX_LENGTH = 2048;

  private PathDecoder() {}

  static String decode(String rawPath) throws RegistryException {
    if (rawPath.length() > MAX_LENGTH) {
      throw invalid(rawPath, "it has more than " + MAX_LENGTH + " characters");
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
      throw invalid(rawPath, "a '%' must be followed by two hexadecimal digits");
    }
    if (octet == '/') {
      throw invalid(rawPath, "it must not contain a percent-encoded slash");
    }
    if (octet < ' ' || octet == 0x7f) {
      throw invalid(rawPath, "it must not contain a percent-encoded control character");
    }
    return (char) octet;
  }

  private static RegistryException invalid(String rawPath, String fault) {
    return new RegistryException(
        ErrorCode.NAME_INVALID, "Invalid path " + Printable.quoted(rawPath) + ": " + fault);
  }
}
