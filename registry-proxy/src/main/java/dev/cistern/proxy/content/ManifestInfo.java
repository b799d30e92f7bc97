package dev.cistern.proxy.content;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.event.CacheStatus;

/**
 * A manifest without its body.
 *
 * @param digest the digest of its bytes
 * @param mediaType its media type as the upstream sent it
 * @param size its size in bytes
 * @param status how the cache handled the request
 */
public record ManifestInfo(Digest digest, MediaType mediaType, long size, CacheStatus status) {}
