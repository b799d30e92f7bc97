package dev.cistern.api;

import org.jspecify.annotations.Nullable;

/**
 * A tag: {@code [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}} (distribution specification, "Pulling
 * manifests"). Immutable; equal when the text is equal.
 *
 * @param value the tag's text
 */
public record Tag(String value) implements Reference {

  private static final int MAX_LENGTH = 128;

  /**
   * Accepts a tag that is known to be valid; {@link #parse} is for text from outside.
   *
   * @throws IllegalArgumentException when the text is outside the grammar
   */
  public Tag {
    String fault = fault(value);
    if (fault != null) {
      throw new IllegalArgumentException("No tag: " + Excerpt.of(value) + " " + fault);
    }
  }

  /**
   * Reads a tag.
   *
   * @throws RegistryException {@link ErrorCode#TAG_INVALID} when the text is outside the grammar
   */
  public static Tag parse(String text) throws RegistryException {
    String fault = fault(text);
    if (fault != null) {
      throw new RegistryException(
          ErrorCode.TAG_INVALID, "No tag: " + Excerpt.of(text) + " " + fault);
    }
    return new Tag(text);
  }

  private static @Nullable String fault(String text) {
    if (text.isEmpty()) {
      return "is empty";
    }
    if (text.length() > MAX_LENGTH) {
      return "has more than " + MAX_LENGTH + " characters";
    }
    if (!Ascii.isLetterOrDigit(text.charAt(0)) && text.charAt(0) != '_') {
      return "does not begin with a letter, a digit or '_'";
    }
    for (int i = 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Ascii.isLetterOrDigit(c) && c != '_' && c != '.' && c != '-') {
        return "has a character other than letters, digits, '_', '.' and '-'";
      }
    }
    return null;
  }

  /** The tag's text. */
  @Override
  public String toString() {
    return value;
  }
}
