package dev.cistern.api;

import java.util.List;

/**
 * What a manifest says, as far as a cache needs it: its type and what it refers to. Immutable. It
 * is for reading only: a manifest is stored and sent as the bytes that came, since its digest is
 * over these.
 *
 * @param mediaType the type that the manifest declares, or else the one that its properties show;
 *     {@link MediaType#OCTET_STREAM} when they show none
 * @param manifests the manifests that an index lists, in its order; empty for other manifests
 * @param blobs the configuration and the layers, or an artifact's blobs, in order; empty for an
 *     index and for Docker's schema 1, which states no sizes
 */
public record Manifest(MediaType mediaType, List<Descriptor> manifests, List<Descriptor> blobs) {

  /** Copies the lists. */
  public Manifest {
    manifests = List.copyOf(manifests);
    blobs = List.copyOf(blobs);
  }

  /**
   * Reads a manifest's bytes: OCI image manifests, indexes and artifact manifests (image
   * specification, manifest.md and image-index.md), Docker's schema 2 and manifest lists, and of
   * schema 1 the type. Properties that it does not know are skipped. Time and memory are linear in
   * the length, which the caller bounds.
   *
   * <p>What two readers could understand differently is refused: a property twice in one object, a
   * document without a type that is both an index and an image manifest, another encoding than
   * UTF-8, a byte order mark.
   *
   * @throws RegistryException {@link ErrorCode#MANIFEST_INVALID} for bytes that are no such
   *     document, or one with a wrong type, a missing digest or size, a digest of an unknown
   *     algorithm, or nesting without end. A cache may still pass such bytes on: their digest is
   *     what counts.
   */
  public static Manifest read(byte[] bytes) throws RegistryException {
    return ManifestReader.read(bytes);
  }
}
