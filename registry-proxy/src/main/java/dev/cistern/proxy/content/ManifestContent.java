package dev.cistern.proxy.content;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.event.CacheStatus;
import java.nio.ByteBuffer;

/**
 * A manifest, whole and verified against its digest.
 *
 * @param digest the digest of {@code body}
 * @param mediaType the media type as the upstream gave it
 * @param body the bytes as the upstream gave them; read-only
 * @param status how the cache came to it
 */
public record ManifestContent(
    Digest digest, MediaType mediaType, ByteBuffer body, CacheStatus status) {

  public ManifestContent {
    body = body.asReadOnlyBuffer();
  }

  /** The bytes from first to last; every call gives a buffer with a position of its own. */
  @Override
  public ByteBuffer body() {
    return body.duplicate();
  }

  /** What a HEAD request answers for this manifest. */
  public ManifestInfo info() {
    return new ManifestInfo(digest, mediaType, body.remaining(), status);
  }
}
