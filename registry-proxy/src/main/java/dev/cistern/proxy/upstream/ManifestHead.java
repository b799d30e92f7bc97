package dev.cistern.proxy.upstream;

import static java.util.Objects.requireNonNull;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an upstream answers about a manifest without sending it. Not verified.
 *
 * @param digest from {@code Docker-Content-Digest}
 * @param mediaType from {@code Content-Type}, without parameters
 * @param size in bytes, from {@code Content-Length}
 */
public record ManifestHead(Digest digest, Optional<MediaType> mediaType, OptionalLong size) {

  public ManifestHead {
    requireNonNull(digest, "digest");
    requireNonNull(mediaType, "mediaType");
    requireNonNull(size, "size");
  }
}
