package dev.cistern.proxy.content;

import java.time.Duration;

/** Whether an answer is known to be what the upstream would say now. */
public sealed interface Freshness {

  /** Confirmed by the upstream, or named by digest and thus always right. */
  Freshness FRESH = new Fresh();

  /** Confirmed by the upstream, or named by digest and thus always right. */
  record Fresh() implements Freshness {}

  /**
   * Served from the cache because the upstream could not be asked (RFC 9111 §4.2.4).
   *
   * @param age how long ago the upstream last confirmed the answer, as far as the cache knows
   * @param reason why the upstream could not confirm it now, for people
   */
  record Stale(Duration age, String reason) implements Freshness {}
}
