package dev.cistern.proxy.upstream;

import java.time.Duration;
import java.util.Optional;

/**
 * The rate limit of an upstream, as Docker Hub sends it in {@code ratelimit-limit: 100;w=21600} and
 * {@code ratelimit-remaining}.
 *
 * @param limit how many pulls are allowed in a window, at least 1
 * @param remaining how many of them are left
 * @param window the length of a window; empty when the upstream does not send it
 */
public record RateLimit(long limit, long remaining, Optional<Duration> window) {

  public RateLimit {
    if (limit < 1 || remaining < 0) {
      throw new IllegalArgumentException(
          "limit must be positive and remaining must not be negative: " + limit + ", " + remaining);
    }
  }

  @Override
  public String toString() {
    String pulls = remaining + " of " + limit + " pulls left";
    return window.map(w -> pulls + " (window of " + w.toSeconds() + " s)").orElse(pulls);
  }
}
