package dev.cistern.proxy.content;

import dev.cistern.proxy.event.CacheStatus;
import java.util.OptionalLong;

/**
 * A blob without its bytes.
 *
 * @param size in bytes; empty when the upstream has the blob and did not answer its size
 * @param status how the cache handled the request
 */
public record BlobInfo(OptionalLong size, CacheStatus status) {}
