package dev.cistern.proxy.event;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * How the cache handled one request, in the terms of RFC 9211. Every answer has a status; the
 * {@code Cache-Status} header, the access log and the metrics are written from it. Immutable.
 */
public sealed interface CacheStatus {

  /** The request that the cache made to an upstream for this answer; empty when it made none. */
  default Optional<Forward> forward() {
    return Optional.empty();
  }

  /**
   * From the cache, without asking the upstream (RFC 9211 §2.1).
   *
   * @param ttl how much longer the answer for a tag is fresh (RFC 9211 §2.4), negative when it no
   *     longer is and the cache checks it meanwhile; empty for content by digest, which is always
   *     fresh
   */
  record Hit(Optional<Duration> ttl) implements CacheStatus {

    /** Content by digest, which is always fresh. */
    public static final Hit BY_DIGEST = new Hit(Optional.empty());
  }

  /**
   * From the cache, after the upstream confirmed it: the tag still names this manifest, or the
   * repository has this blob (RFC 9211 §2.2, {@code fwd=stale} with the upstream's status).
   */
  record Confirmed(Forward asked) implements CacheStatus {

    @Override
    public Optional<Forward> forward() {
      return Optional.of(asked);
    }
  }

  /** More about a {@link Miss}. */
  enum Trait {
    /** It joined a fetch that another request started (RFC 9211 §2.6). */
    COLLAPSED,
    /** The cache stores the content (RFC 9211 §2.5). */
    STORED,
    /** It resumes an earlier transfer, and only the rest is fetched ({@code fwd=partial}). */
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

    /** Whether it has this trait. */
    public boolean is(Trait trait) {
      return traits.contains(trait);
    }
  }

  /**
   * From the cache, although the upstream could not confirm it ({@code fwd=stale}; RFC 9111
   * §4.2.4).
   *
   * @param asked the request to the upstream, with the status that it answered, if any
   * @param age how long ago the upstream last confirmed the answer, as far as the cache knows
   * @param reason why the upstream did not confirm it now, as a text for people
   */
  record Stale(Forward asked, Duration age, String reason) implements CacheStatus {

    @Override
    public Optional<Forward> forward() {
      return Optional.of(asked);
    }
  }

  /**
   * An error instead of content.
   *
   * @param forward the request to the upstream; empty when the cache itself refused
   */
  record Failed(@Override Optional<Forward> forward) implements CacheStatus {}

  /** Made by the cache itself: the list of its repositories. */
  record Generated() implements CacheStatus {}
}
