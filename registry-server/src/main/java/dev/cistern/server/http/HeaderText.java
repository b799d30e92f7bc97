package dev.cistern.server.http;

/** Text of others within a header. */
final class HeaderText {

  private static final int MOST = 200;

  private HeaderText() {}

  /**
   * A string in quotes, as structured fields (RFC 8941 §3.3.3) and HTTP (RFC 9110 §5.6.4) both have
   * it: visible ASCII and spaces, with quotes and backslashes escaped. What does not fit into
   * {@value #MOST} characters is cut off, and other characters are shown as question marks.
   */
  static String quoted(String text) {
    int length = Math.min(text.length(), MOST);
    StringBuilder quoted = new StringBuilder(length + 8).append('"');
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\');
      }
      quoted.append(c >= 0x20 && c < 0x7f ? c : '?');
    }
    return quoted.append('"').toString();
  }
}
