package dev.cistern.api;

import java.util.HexFormat;

/**
 * Makes text from outside safe to show in messages, log lines and terminals: it cannot start a new
 * line, hide other text or, where a limit applies, become long. The text may come from a client, an
 * upstream or a file name.
 *
 * <p>This is for people. It is no encoding: the original text cannot be restored.
 */
public final class Printable {

  private static final int MAX_QUOTED = 80;
  private static final HexFormat HEX = HexFormat.of();

  private Printable() {}

  /**
   * A name in single quotes, cut after 80 characters, with everything except printable ASCII
   * escaped as in Java. For values that should be ASCII, such as names, digests and keys.
   */
  public static String quoted(String text) {
    int end = Math.min(text.length(), MAX_QUOTED);
    StringBuilder out = new StringBuilder(end + 8).append('\'');
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (isPrintableAscii(c)) {
        out.append(c);
      } else {
        appendEscaped(out, c);
      }
    }
    return out.append(text.length() > end ? "...'" : "'").toString();
  }

  /**
   * Prose as one line of at most {@code limit} characters. Line breaks and other invisible
   * characters become single spaces; text that is cut ends with an ellipsis.
   *
   * @param limit in characters, at least 1
   */
  public static String line(String text, int limit) {
    StringBuilder line = new StringBuilder();
    boolean space = false;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (!isVisible(c)) {
        space = !line.isEmpty();
        continue;
      }
      // A space, a surrogate pair and the ellipsis must fit.
      if (line.length() + 3 > limit) {
        return line.append('…').toString();
      }
      if (space) {
        line.append(' ');
        space = false;
      }
      line.appendCodePoint(c);
    }
    return line.toString();
  }

  /**
   * The whole text as one line, with control, format and other invisible characters escaped as in
   * Java. Spaces and the visible characters of all scripts are kept.
   */
  public static String escaped(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isPrintableAscii(text.charAt(i))) {
        return escapedFrom(text, i);
      }
    }
    return text;
  }

  private static String escapedFrom(String text, int start) {
    StringBuilder out = new StringBuilder(text.length() + 16).append(text, 0, start);
    for (int i = start; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (isVisible(c) || Character.getType(c) == Character.SPACE_SEPARATOR) {
        out.appendCodePoint(c);
      } else if (c == '\n') {
        out.append("\\n");
      } else {
        Character.toString(c).chars().forEach(unit -> appendEscaped(out, (char) unit));
      }
      i += Character.charCount(c);
    }
    return out.toString();
  }

  private static void appendEscaped(StringBuilder out, char c) {
    out.append("\\u").append(HEX.toHexDigits(c));
  }

  private static boolean isPrintableAscii(char c) {
    return c >= ' ' && c <= '~';
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
