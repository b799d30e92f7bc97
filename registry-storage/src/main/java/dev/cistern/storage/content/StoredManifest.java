package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A complete manifest: the bytes exactly as they were received, because the digest is computed over
 * them. Immutable and safe to share.
 *
 * @param digest the digest of the body; this class does not check it, but {@link ContentStore} does
 *     when it reads and when it publishes
 * @param mediaType the value for the Content-Type
 * @param body read-only; each call returns a new buffer of the same bytes, from the first to the
 *     last one
 */
public record StoredManifest(Digest digest, MediaType mediaType, ByteBuffer body) {

  /** Makes a manifest of the buffer's remaining bytes, which must not change any more. */
  public StoredManifest {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(mediaType, "mediaType");
    body = body.slice().asReadOnlyBuffer();
  }

  /** Makes a manifest of the array, which is not copied and must not change any more. */
  public static StoredManifest of(Digest digest, MediaType mediaType, byte[] body) {
    return new StoredManifest(digest, mediaType, ByteBuffer.wrap(body));
  }

  @Override
  public ByteBuffer body() {
    return body.duplicate();
  }

  /** The body's size in bytes. */
  public int size() {
    return body.remaining();
  }

  /** Copies the body. */
  public byte[] bytes() {
    byte[] bytes = new byte[size()];
    body().get(bytes);
    return bytes;
  }

  /** Without the body, which does not belong into logs. */
  @Override
  public String toString() {
    return "StoredManifest[" + digest + ", " + mediaType.value() + ", " + size() + " bytes]";
  }
}
