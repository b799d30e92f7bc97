package dev.cistern.proxy.upstream;

import java.time.Duration;
import java.util.Optional;

/**
 * What an upstream says of its limit on pulls, as Docker Hub does with {@code ratelimit-limit:
 * 100;w=21600} and {@code ratelimit-remaining}.
 *
 * @param limit how many pulls there are in a window, at least 1
 * @param remaining how many of them are left
 * @param window how long a window is; empty when the upstream does not say
 */
public record RateLimit(long limit, long remaining, Optional<Duration> window) {

  public RateLimit {
    if (limit < 1 || remaining < 0) {
      throw new IllegalArgumentException("no limit: " + remaining + " of " + limit);
    }
  }

  @Override
  public String toString() {
    String pulls = remaining + " of " + limit + " pulls left";
    return window.map(w -> pulls + " (window of " + w.toSeconds() + " s)").orElse(pulls);
  }
}
