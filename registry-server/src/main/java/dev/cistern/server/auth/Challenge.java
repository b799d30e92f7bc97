package dev.cistern.server.auth;

/** Writes the header {@code WWW-Authenticate}. */
final class Challenge {

  private Challenge() {}

  /** A quoted string (RFC 9110 §5.6.4), with everything but printable ASCII as a question mark. */
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\');
      }
      quoted.append(c < ' ' || c > '~' ? '?' : c);
    }
    return quoted.append('"').toString();
  }
}
