package dev.cistern.server.tls;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts PEM text into its blocks (RFC 7468). Text outside of blocks is explanation and skipped.
 * Lines may be indented and may end in any way. Headers inside a block, as OpenSSL writes them in
 * front of an encrypted key (RFC 1421), are read only for whether they say so.
 */
final class Pem {

  private static final Pattern BOUNDARY =
      Pattern.compile("-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ]{0,63})-----");

  /**
   * That of UTF-8, which some editors write, as it comes out when bytes are taken for characters.
   */
  private static final String BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

  private Pem() {}

  /**
   * All blocks, in order.
   *
   * @param text bytes taken for characters (ISO 8859-1)
   * @throws PemException when a block does not end, as in a file that was cut off, or ends as
   *     another
   */
  static List<PemBlock> blocks(String text) throws PemException {
    List<PemBlock> blocks = new ArrayList<>();
    String[] lines = withoutByteOrderMark(text).split("\\R", -1);
    for (int i = 0; i < lines.length; i++) {
      Matcher boundary = BOUNDARY.matcher(lines[i].strip());
      if (boundary.matches() && boundary.group(1).equals("BEGIN")) {
        int end = end(lines, i, boundary.group(2));
        blocks.add(block(boundary.group(2), lines, i, end));
        i = end;
      }
    }
    return blocks;
  }

  private static String withoutByteOrderMark(String text) {
    return text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
  }

  private static int end(String[] lines, int begin, String label) throws PemException {
    for (int i = begin + 1; i < lines.length; i++) {
      Matcher boundary = BOUNDARY.matcher(lines[i].strip());
      if (boundary.matches()) {
        if (boundary.group(1).equals("END") && boundary.group(2).equals(label)) {
          return i;
        }
        break;
      }
    }
    throw new PemException(
        "is damaged: the block that begins with BEGIN "
            + label
            + " in line "
            + (begin + 1)
            + " has no END");
  }

  private static PemBlock block(String label, String[] lines, int begin, int end) {
    StringBuilder base64 = new StringBuilder();
    boolean encrypted = false;
    for (int i = begin + 1; i < end; i++) {
      String line = lines[i].strip();
      if (line.indexOf(':') < 0) {
        base64.append(line);
      } else if (line.startsWith("Proc-Type:") && line.endsWith("ENCRYPTED")) {
        encrypted = true;
      }
    }
    return new PemBlock(label, begin + 1, encrypted, base64.toString());
  }
}
