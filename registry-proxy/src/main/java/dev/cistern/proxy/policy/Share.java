package dev.cistern.proxy.policy;

import java.time.Duration;
import java.util.Optional;

/**
 * The part of a cache that one upstream may use. Content that several upstreams have is stored once
 * and counts to one of them: the one with the largest {@code maxSize}, then the longest {@code
 * ttl}, so that it is evicted as late as possible.
 *
 * @param maxSize the largest size of its content on disk in bytes, including transfers in progress;
 *     {@link Long#MAX_VALUE}: as much as the cache has
 * @param ttl how long its unused content is cached; zero: forever; empty: as long as the content of
 *     the default upstream
 */
public record Share(long maxSize, Optional<Duration> ttl) {

  /** As much as the cache has, for as long as the content of the default upstream. */
  public static final Share WHOLE = new Share(Long.MAX_VALUE, Optional.empty());

  /** Accepts a positive size, and a ttl that is not negative. */
  public Share {
    if (maxSize <= 0) {
      throw new IllegalArgumentException("maxSize must be positive: " + maxSize);
    }
    if (ttl.isPresent() && ttl.get().isNegative()) {
      throw new IllegalArgumentException("ttl must not be negative: " + ttl.get());
    }
  }

  /** With another size. */
  public Share maxSize(long bytes) {
    return new Share(bytes, ttl);
  }

  /** With another ttl. */
  public Share ttl(Duration idle) {
    return new Share(maxSize, Optional.of(idle));
  }
}
