package dev.cistern.server.http;

/** Text from outside as part of a header. */
final class HeaderText {

  private static final int MOST = 200;

  private HeaderText() {}

  /**
   * A quoted string, valid in structured fields (RFC 8941 §3.3.3) and as HTTP's quoted-string (RFC
   * 9110 §5.6.4): quotes and backslashes are escaped, characters other than visible ASCII become
   * question marks. Text longer than {@value #MOST} characters is cut.
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
