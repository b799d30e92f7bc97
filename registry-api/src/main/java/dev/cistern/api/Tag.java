package dev.cistern.api;

import org.jspecify.annotations.Nullable;

/**
 * A tag: {@code [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}} (distribution specification, "Pulling
 * manifests"). Immutable; equal when the text is equal.
 *
 * @param value the tag
 */
public record Tag(String value) implements Reference {

  private static final int MAX_LENGTH = 128;

  /** The specification cuts longer digests off. */
  private static final int MAX_REFERRERS_HEX = 64;

  /**
   * Makes a tag from text that is known to be valid; use {@link #parse} for text from outside.
   *
   * @throws IllegalArgumentException if the text does not match the grammar
   */
  public Tag {
    String fault = fault(value);
    if (fault != null) {
      throw new IllegalArgumentException("Invalid tag " + Printable.quoted(value) + ": " + fault);
    }
  }

  /**
   * Parses a tag.
   *
   * @throws RegistryException {@link ErrorCode#TAG_INVALID} if the text does not match the grammar
   */
  public static Tag parse(String text) throws RegistryException {
    String fault = fault(text);
    if (fault != null) {
      throw new RegistryException(
          ErrorCode.TAG_INVALID, "Invalid tag " + Printable.quoted(text) + ": " + fault);
    }
    return new Tag(text);
  }

  /**
   * The tag that lists the referrers of a manifest where a registry has no referrers API, such as
   * {@code sha256-0a4eaa0e...c52a} (distribution specification, "Referrers Tag Schema").
   */
  public static Tag ofReferrers(Digest subject) {
    String hex = subject.hex();
    return new Tag(
        subject.algorithm().wireName()
            + "-"
            + hex.substring(0, Math.min(MAX_REFERRERS_HEX, hex.length())));
  }

  private static @Nullable String fault(String text) {
    if (text.isEmpty()) {
      return "it is empty";
    }
    if (text.length() > MAX_LENGTH) {
      return "it has more than " + MAX_LENGTH + " characters";
    }
    if (!Ascii.isLetterOrDigit(text.charAt(0)) && text.charAt(0) != '_') {
      return "it must begin with a letter, a digit or '_'";
    }
    for (int i = 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Ascii.isLetterOrDigit(c) && c != '_' && c != '.' && c != '-') {
        return "it may contain only letters, digits, '_', '.' and '-'";
      }
    }
    return null;
  }

  /** The tag. */
  @Override
  public String toString() {
    return value;
  }
}
