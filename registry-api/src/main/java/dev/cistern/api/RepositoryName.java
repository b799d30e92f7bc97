package dev.cistern.api;

import org.jspecify.annotations.Nullable;

/**
 * The name of a repository, such as {@code library/alpine}: components of lower-case letters and
 * digits, separated inside by one dot, one or two underscores or any number of hyphens, and joined
 * by slashes (distribution specification, "Pulling manifests"). At most 255 characters, which is
 * what clients and registries keep to. Immutable; equal when the text is equal.
 *
 * <p>A name can hold neither {@code ..} nor an empty component, so it is safe as a relative path. A
 * component may be any of the words that the protocol uses itself, such as {@code manifests}.
 *
 * @param value the name's text
 */
public record RepositoryName(String value) {

  private static final int MAX_LENGTH = 255;

  /**
   * Accepts a name that is known to be valid; {@link #parse} is for text from outside.
   *
   * @throws IllegalArgumentException when the text is outside the grammar or too long
   */
  public RepositoryName {
    String fault = fault(value);
    if (fault != null) {
      throw new IllegalArgumentException("No repository name: " + Excerpt.of(value) + " " + fault);
    }
  }

  /**
   * Reads a name.
   *
   * @throws RegistryException {@link ErrorCode#NAME_INVALID} when the text is outside the grammar
   *     or too long
   */
  public static RepositoryName parse(String text) throws RegistryException {
    String fault = fault(text);
    if (fault != null) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID, "No repository name: " + Excerpt.of(text) + " " + fault);
    }
    return new RepositoryName(text);
  }

  private static @Nullable String fault(String text) {
    if (text.length() > MAX_LENGTH) {
      return "has more than " + MAX_LENGTH + " characters";
    }
    int length = text.length();
    int i = 0;
    while (i < length && Ascii.isLowerAlphanumeric(text.charAt(i))) {
      i++;
      if (i < length && !Ascii.isLowerAlphanumeric(text.charAt(i))) {
        i = afterSeparator(text, i);
      }
      if (i == length && Ascii.isLowerAlphanumeric(text.charAt(length - 1))) {
        return null;
      }
    }
    return "is not made of components like a-z0-9, joined by one of . _ __ - /";
  }

  /** The index after the separator that begins at {@code start}; {@code start} when none does. */
  private static int afterSeparator(String text, int start) {
    int i = start;
    switch (text.charAt(start)) {
      case '/', '.' -> i++;
      case '_' -> i += text.startsWith("__", start) ? 2 : 1;
      case '-' -> {
        while (i < text.length() && text.charAt(i) == '-') {
          i++;
        }
      }
      default -> {
        // No separator: the caller stops here.
      }
    }
    return i;
  }

  /** The name's text. */
  @Override
  public String toString() {
    return value;
  }
}
