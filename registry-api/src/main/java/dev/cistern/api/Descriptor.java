package dev.cistern.api;

/**
 * What a manifest says of a content that it refers to (OCI image specification, descriptor.md).
 * Immutable. It is a claim of whoever wrote the manifest: size and type are true only once the
 * bytes have been seen.
 *
 * @param mediaType the content's type, {@link MediaType#OCTET_STREAM} where none is stated
 * @param digest the content's digest
 * @param size the content's length in bytes, not negative
 */
public record Descriptor(MediaType mediaType, Digest digest, long size) {

  /** Accepts any size that is not negative. */
  public Descriptor {
    if (size < 0) {
      throw new IllegalArgumentException("Content cannot have a size of " + size + " bytes");
    }
  }
}
