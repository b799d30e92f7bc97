package dev.cistern.api;

import java.util.HexFormat;

/** The two hexadecimal digits after a percent sign (RFC 3986, section 2.1). */
final class PercentEncoding {

  private PercentEncoding() {}

  /** The octet whose two digits begin at the index; -1 if there are no two digits. */
  static int octetAt(String text, int index) {
    return index + 1 < text.length()
            && HexFormat.isHexDigit(text.charAt(index))
            && HexFormat.isHexDigit(text.charAt(index + 1))
        ? HexFormat.fromHexDigits(text, index, index + 2)
        : -1;
  }
}
