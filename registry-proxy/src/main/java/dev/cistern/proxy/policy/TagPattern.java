package dev.cistern.proxy.policy;

import dev.cistern.api.Printable;
import dev.cistern.api.Tag;
import java.util.ArrayList;
import java.util.List;

/**
 * A shell pattern over tags, such as {@code v[0-9]*}: {@code *} matches any characters, {@code ?}
 * matches one, {@code [a-z_]} one of a set, and {@code [!a-z_]} one that is not in the set. All
 * other characters match themselves. A match takes at most as many steps as the tag and the pattern
 * have characters, multiplied. Immutable; equal when the text is equal.
 */
public final class TagPattern {

  private final String text;
  private final List<Part> parts;

  private TagPattern(String text, List<Part> parts) {
    this.text = text;
    this.parts = List.copyOf(parts);
  }

  /**
   * A part of the pattern.
   *
   * @param characters what it matches, or does not match
   */
  private record Part(Kind kind, String characters) {

    static final Part ANY_ONE = new Part(Kind.NONE_OF, "");
    static final Part ANY_MANY = new Part(Kind.ANY_MANY, "");

    boolean isStar() {
      return kind == Kind.ANY_MANY;
    }

    boolean matches(char c) {
      return characters.indexOf(c) >= 0 == (kind == Kind.ONE_OF);
    }
  }

  private enum Kind {
    ONE_OF,
    NONE_OF,
    ANY_MANY
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if it is not well-formed, or has a character that no tag has
   */
  public static TagPattern parse(String text) {
    List<Part> parts = new ArrayList<>();
    if (text.isEmpty()) {
      throw invalid(text, "it is empty");
    }
    int next = 0;
    while (next < text.length()) {
      char c = text.charAt(next);
      int end = next + 1;
      if (c == '[') {
        end = text.indexOf(']', next);
        if (end < 0) {
          throw invalid(text, "'[' has no ']'");
        }
        parts.add(set(text, text.substring(next + 1, end)));
        end++;
      } else if (c == '?') {
        parts.add(Part.ANY_ONE);
      } else if (c == '*') {
        parts.add(Part.ANY_MANY);
      } else {
        parts.add(new Part(Kind.ONE_OF, String.valueOf(inTags(text, c))));
      }
      next = end;
    }
    return new TagPattern(text, parts);
  }

  private static Part set(String text, String inner) {
    boolean negated = inner.startsWith("!");
    String listed = negated ? inner.substring(1) : inner;
    if (listed.isEmpty()) {
      throw invalid(text, "a set is empty");
    }
    StringBuilder characters = new StringBuilder();
    for (int i = 0; i < listed.length(); i++) {
      char first = inTags(text, listed.charAt(i));
      char last = first;
      // A '-' at the beginning or at the end is itself.
      if (i + 2 < listed.length() && listed.charAt(i + 1) == '-') {
        i += 2;
        last = inTags(text, listed.charAt(i));
        if (last < first) {
          throw invalid(text, "the range " + first + "-" + last + " is empty");
        }
      }
      for (char c = first; c <= last; c++) {
        characters.append(c);
      }
    }
    return new Part(negated ? Kind.NONE_OF : Kind.ONE_OF, characters.toString());
  }

  private static char inTags(String text, char c) {
    boolean letterOrDigit =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letterOrDigit && c != '_' && c != '.' && c != '-') {
      throw invalid(text, Printable.quoted(String.valueOf(c)) + " is in no tag");
    }
    return c;
  }

  private static IllegalArgumentException invalid(String text, String reason) {
    return new IllegalArgumentException(
        Printable.quoted(text) + " is not a pattern of tags such as v[0-9]*: " + reason);
  }

  /** Whether this matches the whole tag. */
  public boolean matches(Tag tag) {
    String value = tag.value();
    int part = 0;
    int star = -1;
    int resumed = 0;
    int at = 0;
    while (at < value.length()) {
      if (part < parts.size() && parts.get(part).isStar()) {
        star = part++;
        resumed = at;
      } else if (part < parts.size() && parts.get(part).matches(value.charAt(at))) {
        part++;
        at++;
      } else if (star >= 0) {
        // The last star takes one character more. The ones before it never need to.
        part = star + 1;
        at = ++resumed;
      } else {
        return false;
      }
    }
    while (part < parts.size() && parts.get(part).isStar()) {
      part++;
    }
    return part == parts.size();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TagPattern pattern && text.equals(pattern.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The text that was parsed. */
  @Override
  public String toString() {
    return text;
  }
}
