package dev.cistern.proxy.upstream.http;

/** Text from outside, made fit for messages and logs. */
final class Printable {

  private Printable() {}

  /**
   * One line of at most this many characters, without control, format and other invisible
   * characters.
   */
  static String excerpt(String text, int limit) {
    StringBuilder line = new StringBuilder();
    boolean space = false;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (!isVisible(c)) {
        space = !line.isEmpty();
        continue;
      }
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
