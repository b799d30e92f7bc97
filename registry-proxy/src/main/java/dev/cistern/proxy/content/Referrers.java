package dev.cistern.proxy.content;

import dev.cistern.api.Page;
import dev.cistern.proxy.event.CacheStatus;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The referrers of a manifest, or one page of them.
 *
 * @param body an OCI image index with their descriptors; read-only, and each call returns a new
 *     buffer
 * @param next the request for the next page; empty at the end of the list
 * @param status how the cache handled the request
 */
public record Referrers(ByteBuffer body, Optional<Page> next, CacheStatus status) {

  @Override
  public ByteBuffer body() {
    return body.duplicate();
  }
}
