package dev.cistern.api;

import org.jspecify.annotations.Nullable;

/**
 * The name of a repository, such as {@code library/alpine}: components joined by slashes. A
 * component has lower-case letters and digits; inside it, one dot, one or two underscores or any
 * number of hyphens may separate them (distribution specification, "Pulling manifests"). At most
 * 255 characters, the limit of clients and registries. Immutable; equal when the text is equal.
 *
 * <p>A name contains neither {@code ..} nor an empty component, so it is safe as a relative path. A
 * component may be a word that the protocol uses itself, such as {@code manifests}.
 *
 * @param value the name
 */
public record RepositoryName(String value) {

  private static final int MAX_LENGTH = 255;

  /**
   * Makes a name from text that is known to be valid; use {@link #parse} for text from outside.
   *
   * @throws IllegalArgumentException if the text does not match the grammar or is too long
   */
  public RepositoryName {
    String fault = fault(value);
    if (fault != null) {
      throw new IllegalArgumentException(
          "Invalid repository name " + Printable.quoted(value) + ": " + fault);
    }
  }

  /**
   * Parses a name.
   *
   * @throws RegistryException {@link ErrorCode#NAME_INVALID} if the text does not match the grammar
   *     or is too long
   */
  public static RepositoryName parse(String text) throws RegistryException {
    String fault = fault(text);
    if (fault != null) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID,
          "Invalid repository name " + Printable.quoted(text) + ": " + fault);
    }
    return new RepositoryName(text);
  }

  private static @Nullable String fault(String text) {
    if (text.length() > MAX_LENGTH) {
      return "it has more than " + MAX_LENGTH + " characters";
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
    return "it must have components of a-z and 0-9, with one of . _ __ - / between them";
  }

  /** The index after the separator at {@code start}; {@code start} if there is no separator. */
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
        // Not a separator: the caller stops.
      }
    }
    return i;
  }

  /** The name. */
  @Override
  public String toString() {
    return value;
  }
}
