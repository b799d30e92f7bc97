package dev.cistern.api;

/**
 * A manifest's entry for content that it refers to (OCI image specification, descriptor.md).
 * Immutable. It is a claim of the manifest's author: type and size are unverified until the content
 * has been read.
 *
 * @param mediaType the content's type, {@link MediaType#OCTET_STREAM} if the manifest gives none
 * @param digest the content's digest
 * @param size the content's length in bytes, not negative
 */
public record Descriptor(MediaType mediaType, Digest digest, long size) {

  /** Rejects a negative size. */
  public Descriptor {
    if (size < 0) {
      throw new IllegalArgumentException(
          "Invalid size of " + digest + ": " + size + " bytes, but it must not be negative");
    }
  }
}
