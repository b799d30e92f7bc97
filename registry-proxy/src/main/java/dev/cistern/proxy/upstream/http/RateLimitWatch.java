package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.upstream.RateLimit;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads an upstream's rate limit from its answers, logs changes, and reports it to a listener. */
final class RateLimitWatch {

  private static final Logger log = LoggerFactory.getLogger(RateLimitWatch.class);

  /** How to log a rate limit. */
  enum Notice {
    NONE,
    CHANGE,
    ALARM
  }

  private final String upstream;
  private final CacheListener listener;
  private final AtomicReference<@Nullable RateLimit> last = new AtomicReference<>();

  RateLimitWatch(String upstream, CacheListener listener) {
    this.upstream = upstream;
    this.listener = listener;
  }

  void see(Exchange answer) {
    Optional<RateLimit> limit =
        answer
            .header("ratelimit-limit")
            .flatMap(
                total ->
                    answer
                        .header("ratelimit-remaining")
                        .flatMap(remaining -> RateLimitHeaders.parse(total, remaining)));
    limit.ifPresent(this::see);
  }

  private void see(RateLimit now) {
    switch (notice(last.getAndSet(now), now)) {
      case ALARM ->
          log.warn(
              "Upstream {} will soon refuse pulls because of its rate limit: {}", upstream, now);
      case CHANGE -> log.info("Upstream {} has a rate limit: {}", upstream, now);
      case NONE -> {}
    }
    listener.rateLimitSeen(upstream, now);
  }

  /**
   * Whether to log: when the limit is new, when another quarter of it is used up, and when it is
   * nearly or completely used up.
   */
  static Notice notice(@Nullable RateLimit before, RateLimit now) {
    boolean emptied = now.remaining() == 0 && (before == null || before.remaining() > 0);
    boolean sank = isLow(now) && (before == null || !isLow(before));
    if (emptied || sank) {
      return Notice.ALARM;
    }
    boolean news =
        before == null
            || before.limit() != now.limit()
            || !before.window().equals(now.window())
            || (quarter(before) != quarter(now) && !isLow(now));
    return news ? Notice.CHANGE : Notice.NONE;
  }

  /** Whether less than a tenth is left. */
  private static boolean isLow(RateLimit now) {
    return now.remaining() < now.limit() / 10.0;
  }

  /** How many quarters of the limit are left, rounded up: 4 at the start, 0 at the end. */
  private static int quarter(RateLimit now) {
    return now.remaining() >= now.limit()
        ? 4
        : (int) Math.ceil(4.0 * now.remaining() / now.limit());
  }
}
