package dev.cistern.api;

/**
 * Names a manifest in a request: a {@link Tag}, which may name another manifest later, or a {@link
 * Digest}, which always names the same bytes (distribution specification, "Pulling manifests").
 * Immutable.
 */
public sealed interface Reference permits Tag, Digest {

  /**
   * Parses a reference. Text with a colon is a digest, because tags cannot contain one; other text
   * is a tag.
   *
   * @throws RegistryException {@link ErrorCode#DIGEST_INVALID} or {@link ErrorCode#TAG_INVALID}
   */
  static Reference parse(String text) throws RegistryException {
    return text.indexOf(':') >= 0 ? Digest.parse(text) : Tag.parse(text);
  }

  /** The reference as in a request path. */
  @Override
  String toString();
}
