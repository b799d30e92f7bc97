package dev.cistern.server.http;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Confirmed;
import dev.cistern.proxy.event.CacheStatus.Hit;
import dev.cistern.proxy.event.CacheStatus.Miss;
import dev.cistern.proxy.event.CacheStatus.Stale;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.upstream.UpstreamException;
import java.util.Locale;

/** How an answer came about, as one word in the access log and as a label of metrics. */
public enum CacheResult {
  /** From the cache, without asking the upstream. */
  HIT,
  /** From the cache, after the upstream confirmed it. */
  CONFIRMED,
  /** From the cache, although the upstream could not confirm it. */
  STALE,
  /** Fetched. */
  MISS,
  /** From a fetch that another request had started. */
  COLLAPSED,
  /** The rest was fetched: an earlier fetch had left a part. */
  PARTIAL,
  /** Made by the cache itself: the list of repositories, and the answer to {@code /v2/}. */
  GENERATED,
  /** 404: the upstream does not have it. */
  ABSENT,
  /** Another 4xx that the upstream caused: it refuses, or it limits the rate. */
  REFUSED,
  /** 4xx that the client caused: no such endpoint, an invalid name, a push. */
  INVALID,
  /** 5xx, or no answer at all. */
  FAILED;

  private final String word = name().toLowerCase(Locale.ROOT);

  /** The word. */
  public String word() {
    return word;
  }

  /** Whether the bytes of the answer were in the cache. */
  public boolean isFromCache() {
    return this == HIT || this == CONFIRMED || this == STALE;
  }

  /** Whether the bytes of the answer, or some of them, were fetched for it or while it was sent. */
  public boolean isFetched() {
    return this == MISS || this == COLLAPSED || this == PARTIAL;
  }

  static CacheResult of(CacheStatus status) {
    if (status instanceof Hit) {
      return HIT;
    }
    if (status instanceof Confirmed) {
      return CONFIRMED;
    }
    if (status instanceof Stale) {
      return STALE;
    }
    if (status instanceof Miss miss) {
      if (miss.is(Trait.COLLAPSED)) {
        return COLLAPSED;
      }
      return miss.is(Trait.PARTIAL) ? PARTIAL : MISS;
    }
    return status instanceof CacheStatus.Generated ? GENERATED : FAILED;
  }

  static CacheResult of(RegistryException failure) {
    int status = failure.code().status();
    if (status >= 500) {
      return FAILED;
    }
    if (failure instanceof UpstreamException) {
      return status == 404 ? ABSENT : REFUSED;
    }
    return INVALID;
  }
}
