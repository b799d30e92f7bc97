package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A manifest, whole: the bytes exactly as they came, for the digest is over them. Immutable, and
 * free to be kept and shared.
 *
 * @param digest over the body; whoever makes this value answers for it, and {@link ContentStore}
 *     checks it both when it reads and when it publishes
 * @param mediaType what to call it in a Content-Type
 * @param body read-only; each call gives a buffer of its own over the same bytes, from the first to
 *     the last one
 */
public record StoredManifest(Digest digest, MediaType mediaType, ByteBuffer body) {

  public StoredManifest {
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(mediaType, "mediaType");
    body = body.slice().asReadOnlyBuffer();
  }

  /** Over the array itself, which nobody may write to any more. */
  public static StoredManifest of(Digest digest, MediaType mediaType, byte[] body) {
    return new StoredManifest(digest, mediaType, ByteBuffer.wrap(body));
  }

  @Override
  public ByteBuffer body() {
    return body.duplicate();
  }

  /** In bytes. */
  public int size() {
    return body.remaining();
  }

  /** A copy of the body. */
  public byte[] bytes() {
    byte[] bytes = new byte[size()];
    body().get(bytes);
    return bytes;
  }

  /** Without the body, which is for clients and not for a log. */
  @Override
  public String toString() {
    return "StoredManifest[" + digest + ", " + mediaType.value() + ", " + size() + " bytes]";
  }
}
