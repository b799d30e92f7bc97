package dev.cistern.proxy.content;

import dev.cistern.proxy.event.CacheStatus;
import java.util.OptionalLong;

/**
 * What is known of a blob without its bytes.
 *
 * @param size in bytes; empty when the upstream has the blob and does not say how large it is
 * @param status how the cache came to this
 */
public record BlobInfo(OptionalLong size, CacheStatus status) {}
