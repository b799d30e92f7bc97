package dev.cistern.proxy.content;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.event.CacheStatus;
import java.nio.ByteBuffer;

/**
 * A complete manifest, verified against its digest.
 *
 * @param digest the digest of {@code body}
 * @param mediaType the media type as the upstream sent it
 * @param body the bytes as the upstream sent them; read-only
 * @param status how the cache handled the request
 */
public record ManifestContent(
    Digest digest, MediaType mediaType, ByteBuffer body, CacheStatus status) {

  public ManifestContent {
    body = body.asReadOnlyBuffer();
  }

  /** All bytes; every call returns a new buffer with its own position. */
  @Override
  public ByteBuffer body() {
    return body.duplicate();
  }

  /** The answer to a HEAD request for this manifest. */
  public ManifestInfo info() {
    return new ManifestInfo(digest, mediaType, body.remaining(), status);
  }
}
