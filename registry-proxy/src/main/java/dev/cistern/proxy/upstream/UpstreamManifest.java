package dev.cistern.proxy.upstream;

import static java.util.Objects.requireNonNull;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import java.nio.ByteBuffer;

/**
 * A manifest as an upstream sent it, verified: {@code digest} is the digest of {@code body}.
 *
 * @param digest the digest of the body; in the algorithm of the reference if that was a digest
 * @param mediaType from {@code Content-Type}, without parameters; without that header, from the
 *     body
 * @param body the bytes, unchanged; read-only, and a new buffer for each caller
 */
public record UpstreamManifest(Digest digest, MediaType mediaType, ByteBuffer body) {

  public UpstreamManifest {
    requireNonNull(digest, "digest");
    requireNonNull(mediaType, "mediaType");
    body = body.slice().asReadOnlyBuffer();
  }

  @Override
  public ByteBuffer body() {
    return body.duplicate();
  }

  /** A copy of the body. */
  public byte[] bytes() {
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    return bytes;
  }
}
