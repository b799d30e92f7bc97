package dev.cistern.api;

/**
 * What a manifest is asked for by: a {@link Tag}, which may name something else tomorrow, or a
 * {@link Digest}, which names the same bytes for ever (distribution specification, "Pulling
 * manifests"). Immutable.
 */
public sealed interface Reference permits Tag, Digest {

  /**
   * Reads a reference: one that contains a colon is a digest, as no tag can contain one; any other
   * is a tag.
   *
   * @throws RegistryException {@link ErrorCode#DIGEST_INVALID} or {@link ErrorCode#TAG_INVALID}
   */
  static Reference parse(String text) throws RegistryException {
    return text.indexOf(':') >= 0 ? Digest.parse(text) : Tag.parse(text);
  }

  /** The reference as it stands in a request path. */
  @Override
  String toString();
}
