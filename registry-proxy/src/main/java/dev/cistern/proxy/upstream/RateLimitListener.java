package dev.cistern.proxy.upstream;

/** Is told what an upstream says of its limit on pulls, for metrics. */
@FunctionalInterface
public interface RateLimitListener {

  /**
   * Takes what an answer said. Called for every answer that says it, from many threads at once and
   * on the way of a request: must not block.
   *
   * @param upstream as {@link Upstream#name()}
   */
  void onRateLimit(String upstream, RateLimit limit);
}
