package dev.cistern.proxy.content;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;

/**
 * What is known of a manifest without its body.
 *
 * @param digest the digest of its bytes
 * @param mediaType its media type as the upstream gave it
 * @param size its size in bytes
 * @param freshness whether the reference asked for is confirmed to mean this manifest
 */
public record ManifestInfo(Digest digest, MediaType mediaType, long size, Freshness freshness) {}
