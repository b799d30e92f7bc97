package dev.cistern.proxy.upstream;

import static java.util.Objects.requireNonNull;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an upstream answers about a manifest without sending it. Not verified.
 *
 * @param digest from {@code Docker-Content-Digest}
 * @param mediaType from {@code Content-Type}, without parameters
 * @param size in bytes, from {@code Content-Length}
 * @param ttl how much longer the answer is fresh, where another cache of the cluster gave it from
 *     memory; negative if it no longer is; empty if the upstream has just answered
 * @param stale set where that cache got no answer of the upstream
 */
public record ManifestHead(
    Digest digest,
    Optional<MediaType> mediaType,
    OptionalLong size,
    Optional<Duration> ttl,
    Optional<Stale> stale) {

  /**
   * An answer that the upstream did not confirm.
   *
   * @param age how long ago it last did
   * @param reason why it does not now, as a text for people
   */
  public record Stale(Duration age, String reason) {

    public Stale {
      requireNonNull(age, "age");
      requireNonNull(reason, "reason");
    }
  }

  public ManifestHead {
    requireNonNull(digest, "digest");
    requireNonNull(mediaType, "mediaType");
    requireNonNull(size, "size");
    requireNonNull(ttl, "ttl");
    requireNonNull(stale, "stale");
  }

  /** What the upstream has just answered. */
  public ManifestHead(Digest digest, Optional<MediaType> mediaType, OptionalLong size) {
    this(digest, mediaType, size, Optional.empty(), Optional.empty());
  }
}
