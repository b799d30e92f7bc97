package dev.cistern.proxy.upstream;

import static java.util.Objects.requireNonNull;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import java.nio.ByteBuffer;

/**
 * A manifest as an upstream gave it, verified: {@code digest} is the digest of {@code body}.
 *
 * @param digest of the body; in the reference's algorithm where the reference was a digest
 * @param mediaType as the upstream said, without parameters; where it said nothing, as the body
 *     says
 * @param body the bytes, unchanged; read-only, with a position of each caller's own
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
