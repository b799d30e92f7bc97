package dev.cistern.api;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * The parts of a manifest that a cache needs: its type and what it refers to. Immutable. For
 * reading only: a manifest is stored and sent as the bytes that were received, because its digest
 * is computed over these.
 *
 * @param mediaType the type that the manifest declares, otherwise the type that its properties
 *     imply; {@link MediaType#OCTET_STREAM} if they imply none
 * @param manifests the manifests that an index lists, in its order; empty for other manifests
 * @param blobs the configuration and the layers, or the blobs of an artifact, in order; empty for
 *     an index and for Docker's schema 1, which gives no sizes
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
   * schema 1 the type. Unknown properties are skipped. Time and memory are linear in the length,
   * which the caller must limit.
   *
   * <p>Documents that two readers could understand differently are rejected: a property twice in
   * one object, a document without a type that is both an index and an image manifest, an encoding
   * other than UTF-8, a byte order mark.
   *
   * @throws RegistryException {@link ErrorCode#MANIFEST_INVALID} if the bytes are not such a
   *     document, a property has a wrong type, a digest or size is missing, the algorithm of a
   *     digest is unknown, or the nesting is too deep. A cache may still serve such bytes if they
   *     have the right digest.
   */
  public static Manifest read(byte[] bytes) throws RegistryException {
    return read(ByteBuffer.wrap(bytes));
  }

  /**
   * Reads a manifest as {@link #read(byte[])} does, from the buffer's position to its limit. The
   * buffer may be read-only or direct, and its position stays the same.
   *
   * @throws RegistryException as {@link #read(byte[])} does
   */
  public static Manifest read(ByteBuffer bytes) throws RegistryException {
    return ManifestReader.read(bytes);
  }

  /**
   * Reads a manifest as {@link #read(ByteBuffer)} does, but keeps nothing of it: the memory that it
   * takes does not depend on the length.
   *
   * @param blobs gets the configuration and the layers, in the order of the document. What it has
   *     got counts only if this returns: before a mistake, there may have been blobs.
   * @return the type
   * @throws RegistryException as {@link #read(byte[])} does
   */
  public static MediaType scan(ByteBuffer bytes, Consumer<Descriptor> blobs)
      throws RegistryException {
    return ManifestReader.read(bytes, manifest -> {}, blobs, blobs);
  }
}
