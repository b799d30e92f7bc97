package dev.cistern.server.tls;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits PEM text into its blocks (RFC 7468). Text outside of blocks is skipped. Lines may be
 * indented and may have any line ends. Of the headers inside a block (RFC 1421), only the one by
 * which OpenSSL marks an encrypted key matters.
 */
final class Pem {

  private static final Pattern BOUNDARY =
      Pattern.compile("-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ]{0,63})-----");

  /** The byte order mark of UTF-8, which some editors write, decoded as ISO 8859-1. */
  private static final String BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

  private Pem() {}

  /**
   * All blocks, in order.
   *
   * @param text the file, decoded as ISO 8859-1
   * @throws PemException if a block has no end, as in a truncated file, or the end of another one
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
        "is damaged: the block BEGIN " + label + " in line " + (begin + 1) + " has no END");
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
