package dev.cistern.api;

/** The two hexadecimal digits after a percent sign (RFC 3986, section 2.1). */
final class PercentEncoding {

  private PercentEncoding() {}

  /** The octet whose two digits begin at an index, or -1 when there are no such digits. */
  static int octetAt(String text, int index) {
    if (index + 1 >= text.length()) {
      return -1;
    }
    int high = hexDigit(text.charAt(index));
    int low = hexDigit(text.charAt(index + 1));
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static int hexDigit(char c) {
    // Character.digit also takes the digits of other scripts, which are none here.
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }
}
