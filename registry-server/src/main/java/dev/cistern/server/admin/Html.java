package dev.cistern.server.admin;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes HTML. All text and all values of attributes are escaped, so that nothing that comes from
 * outside can become an element; there is no way to write markup as a text. Links and targets of
 * forms lead only to this page. For one thread.
 */
final class Html {

  private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9-]*");
  private static final Set<String> EMPTY = Set.of("input", "link", "meta");
  private static final Set<String> ADDRESSES = Set.of("href", "src", "action");

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /** A document, with the elements {@code html}. */
  static Html document() {
    Html html = new Html();
    html.out.append("<!doctype html>\n");
    return html.open("html", "lang", "en");
  }

  /**
   * Begins an element.
   *
   * @param attributes their names and values in turn; an empty value is none
   */
  Html open(String element, String... attributes) {
    begin(element, attributes);
    open.push(element);
    return this;
  }

  /** Writes an element that has no content. */
  Html empty(String element, String... attributes) {
    if (!EMPTY.contains(element)) {
      throw new IllegalArgumentException(element + " needs an end");
    }
    return begin(element, attributes);
  }

  private Html begin(String element, String... attributes) {
    out.append('<').append(name(element));
    for (int i = 0; i < attributes.length; i += 2) {
      String value = attributes[i + 1];
      out.append(' ').append(name(attributes[i]));
      if (!value.isEmpty()) {
        requireOwn(attributes[i], value);
        out.append("=\"");
        escape(value);
        out.append('"');
      }
    }
    out.append('>');
    return this;
  }

  private static String name(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not a name in HTML: " + name);
    }
    return name;
  }

  private static void requireOwn(String attribute, String value) {
    if (ADDRESSES.contains(attribute) && !value.startsWith("/admin/") && !value.startsWith("#")) {
      throw new IllegalArgumentException("not an address of this page: " + value);
    }
  }

  /** Writes text. */
  Html text(Object text) {
    escape(text.toString());
    return this;
  }

  /** Ends the element that was begun last. */
  Html close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Writes an element with a text in it. */
  Html element(String element, Object text, String... attributes) {
    return open(element, attributes).text(text).close();
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
  }

  /** The whole; all elements have ended. */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not ended: " + open);
    }
    return out.toString();
  }
}
