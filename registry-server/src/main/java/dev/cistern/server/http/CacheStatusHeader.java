package dev.cistern.server.http;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Confirmed;
import dev.cistern.proxy.event.CacheStatus.Failed;
import dev.cistern.proxy.event.CacheStatus.Hit;
import dev.cistern.proxy.event.CacheStatus.Miss;
import dev.cistern.proxy.event.CacheStatus.Stale;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import io.undertow.util.HttpString;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code Cache-Status} (RFC 9211). Every answer has it:
 *
 * <pre>
 * cistern; hit                                              from the cache
 * cistern; hit; ttl=57                                      by tag, within proxy.freshness
 * cistern; hit; ttl=-5                                      by tag, within proxy.revalidate
 * cistern; fwd=stale; fwd-status=200; detail=confirmed      from the cache, the upstream confirmed it
 * cistern; fwd=uri-miss; fwd-status=200; stored             fetched, and stored
 * cistern; fwd=uri-miss; fwd-status=200; collapsed; stored  from a fetch that was in progress
 * cistern; fwd=partial; fwd-status=200; stored              the rest of it was fetched
 * cistern; fwd=stale; fwd-status=503; detail="it ..."       from the cache, not confirmed, and why
 * cistern; fwd=uri-miss; fwd-status=403; detail=refused     an error: how the upstream failed
 * cistern; detail=not_asked                                 an error: the upstream is failing and was not asked
 * cistern; fwd=stale; detail=absent_before                 404, as the upstream answered before it failed
 * cistern; detail=unsupported                               an error of the cache itself: its code
 * cistern; detail=generated                                 made by the cache itself
 * cistern; detail=stopping                                  the server is being stopped
 * </pre>
 *
 * <p>The values of hits are constants or cached, so that a fresh hit formats nothing.
 */
final class CacheStatusHeader {

  static final HttpString NAME = new HttpString("Cache-Status");

  private static final String CACHE = "cistern";

  private static final String HIT = CACHE + "; hit";
  private static final String ABSENT_BEFORE = CACHE + "; fwd=stale; detail=absent_before";
  private static final String GENERATED = CACHE + "; detail=generated";
  private static final String CONFIRMED = CACHE + "; fwd=stale; fwd-status=200; detail=confirmed";

  /** The values of hits by their {@code ttl} in seconds, up to an hour. */
  private static final @Nullable String[] FRESH = new String[3_601];

  private CacheStatusHeader() {}

  /** The value for an answer. */
  static String of(CacheStatus status) {
    if (status instanceof Hit hit) {
      return hit.ttl().isEmpty() ? HIT : fresh(hit.ttl().get());
    }
    if (status instanceof Confirmed confirmed) {
      return confirmed.asked().status().orElse(0) == 200
          ? CONFIRMED
          : forwarded("stale", confirmed.asked()).append("; detail=confirmed").toString();
    }
    if (status instanceof Miss miss) {
      return missed(miss);
    }
    if (status instanceof Stale stale) {
      return forwarded("stale", stale.asked())
          .append("; detail=")
          .append(HeaderText.quoted(stale.reason()))
          .toString();
    }
    if (status instanceof Failed failed) {
      return failed.forward().map(asked -> forwarded("uri-miss", asked).toString()).orElse(CACHE);
    }
    return GENERATED;
  }

  /** The value for an error. */
  static String of(RegistryException failure) {
    if (!(failure instanceof UpstreamException upstream)) {
      return CACHE + detail(failure.code());
    }
    if (upstream.kind() == Kind.ABSENT_BEFORE) {
      return ABSENT_BEFORE;
    }
    return upstream.kind() == Kind.NOT_ASKED
        ? CACHE + detail(Kind.NOT_ASKED)
        : forwarded("uri-miss", upstream.status()).append(detail(upstream.kind())).toString();
  }

  private static String fresh(Duration ttl) {
    long seconds = ttl.toSeconds();
    if (seconds < 0 || seconds >= FRESH.length) {
      return HIT + "; ttl=" + seconds;
    }
    // Two threads may format the same value, which is harmless.
    String known = FRESH[(int) seconds];
    if (known == null) {
      known = HIT + "; ttl=" + seconds;
      FRESH[(int) seconds] = known;
    }
    return known;
  }

  private static String missed(Miss miss) {
    StringBuilder header = forwarded(miss.is(Trait.PARTIAL) ? "partial" : "uri-miss", miss.asked());
    if (miss.is(Trait.COLLAPSED)) {
      header.append("; collapsed");
    }
    if (miss.is(Trait.STORED)) {
      header.append("; stored");
    }
    return header.toString();
  }

  private static StringBuilder forwarded(String why, Forward asked) {
    return forwarded(why, asked.status());
  }

  private static StringBuilder forwarded(String why, OptionalInt status) {
    StringBuilder header = new StringBuilder(80).append(CACHE).append("; fwd=").append(why);
    status.ifPresent(code -> header.append("; fwd-status=").append(code));
    return header;
  }

  private static String detail(Enum<?> token) {
    return "; detail=" + token.name().toLowerCase(Locale.ROOT);
  }
}
