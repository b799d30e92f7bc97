package dev.cistern.proxy.event;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * How the cache came to one answer, in the terms of RFC 9211. Every answer carries one; the {@code
 * Cache-Status} header, the access log and the metrics are written from it. Immutable.
 */
public sealed interface CacheStatus {

  /** What the cache asked of an upstream for this answer; empty when it asked nothing. */
  default Optional<Forward> forward() {
    return Optional.empty();
  }

  /**
   * From the cache, without asking the upstream (RFC 9211 §2.1).
   *
   * @param ttl for how much longer the answer to a tag is fresh; empty for content by digest, which
   *     is always right
   */
  record Hit(Optional<Duration> ttl) implements CacheStatus {

    /** Content by digest, which is always right. */
    public static final Hit BY_DIGEST = new Hit(Optional.empty());
  }

  /**
   * From the cache, after the upstream confirmed that it is right: a tag still names this manifest,
   * or the repository has this blob (RFC 9211 §2.2, {@code fwd=stale} with the upstream's status).
   */
  record Confirmed(Forward asked) implements CacheStatus {

    @Override
    public Optional<Forward> forward() {
      return Optional.of(asked);
    }
  }

  /** More about a {@link Miss}. */
  enum Trait {
    /** It joined a fetch that another request had started (RFC 9211 §2.6). */
    COLLAPSED,
    /** The cache keeps what it fetches (RFC 9211 §2.5). */
    STORED,
    /**
     * An earlier transfer left a part of it, and only the rest is fetched ({@code fwd=partial}).
     */
    PARTIAL
  }

  /** Fetched from the upstream (RFC 9211 §2.2, {@code fwd=uri-miss}). */
  record Miss(Forward asked, Set<Trait> traits) implements CacheStatus {

    public Miss {
      traits = Set.copyOf(traits);
    }

    @Override
    public Optional<Forward> forward() {
      return Optional.of(asked);
    }

    /** Whether it has a trait. */
    public boolean is(Trait trait) {
      return traits.contains(trait);
    }
  }

  /**
   * From the cache, although the upstream could not confirm it ({@code fwd=stale}; RFC 9111
   * §4.2.4).
   *
   * @param asked what was asked of the upstream, with the status that it answered, if it did
   * @param age how long ago the upstream last confirmed the answer, as far as the cache knows
   * @param reason why the upstream could not confirm it now, for people
   */
  record Stale(Forward asked, Duration age, String reason) implements CacheStatus {

    @Override
    public Optional<Forward> forward() {
      return Optional.of(asked);
    }
  }

  /**
   * No content, but an error.
   *
   * @param forward what was asked of the upstream; empty when the cache itself refused
   */
  record Failed(@Override Optional<Forward> forward) implements CacheStatus {}

  /** Made by the cache itself from what it has: the list of its repositories. */
  record Generated() implements CacheStatus {}
}
