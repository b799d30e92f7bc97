package dev.cistern.server.logging;

/**
 * Writes values into a line of text, so that each can be told from the next: {@code status=200},
 * {@code agent="a \"quoted\" one"}. The encoder escapes control characters.
 */
public final class TextValue {

  private TextValue() {}

  /** Appends {@code key=value}, with a space before it. */
  public static void appendPair(StringBuilder line, String key, String value) {
    line.append(' ').append(key).append('=');
    append(line, value);
  }

  /** Appends a value, in quotes if it is empty or contains a space, a quote or a backslash. */
  public static void append(StringBuilder line, String value) {
    if (isWord(value)) {
      line.append(value);
      return;
    }
    line.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        line.append('\\');
      }
      line.append(c);
    }
    line.append('"');
  }

  private static boolean isWord(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\' || Character.isWhitespace(c)) {
        return false;
      }
    }
    return !value.isEmpty();
  }
}
