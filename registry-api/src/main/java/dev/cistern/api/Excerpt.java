package dev.cistern.api;

/**
 * Text from outside as it may stand in a message: quoted, cut to a readable length, and with
 * everything that is not printable ASCII escaped, so that no client or upstream can forge log lines
 * or make a message huge.
 */
final class Excerpt {

  private static final int MAX_LENGTH = 80;

  private Excerpt() {}

  static String of(String text) {
    StringBuilder out = new StringBuilder(Math.min(text.length(), MAX_LENGTH) + 8).append('\'');
    for (int i = 0; i < text.length() && i < MAX_LENGTH; i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c <= '~') {
        out.append(c);
      } else {
        out.append(String.format("\\u%04x", (int) c));
      }
    }
    if (text.length() > MAX_LENGTH) {
      out.append("...");
    }
    return out.append('\'').toString();
  }
}
