package dev.cistern.server.admin;

import dev.cistern.proxy.upstream.RateLimit;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of an upstream from the requests to it.
 *
 * @param name where it is
 * @param registries what clients call the registries that are fetched from it
 * @param down why it is not asked now; empty if it is asked
 * @param lastAnswer when it last answered
 * @param lastFailure its last failure
 * @param rateLimit the limit that it sent last
 * @param latency of the last answers; empty without one
 * @param answered how many requests it answered
 * @param failed how many requests failed
 */
record UpstreamState(
    String name,
    List<String> registries,
    Optional<Event> down,
    Optional<Instant> lastAnswer,
    Optional<Event> lastFailure,
    Optional<Allowance> rateLimit,
    Optional<Latency> latency,
    long answered,
    long failed) {

  /** Whether the last request failed. */
  boolean hasFailedLast() {
    return lastFailure.isPresent()
        && (lastAnswer.isEmpty() || lastFailure.get().time().isAfter(lastAnswer.get()));
  }

  /** Something that happened. */
  record Event(Instant time, String text) {}

  /** A rate limit, and when it was sent. */
  record Allowance(RateLimit limit, Instant seen) {

    /** When all pulls are allowed again, at the latest. */
    Optional<Instant> reset() {
      return limit.window().map(seen::plus);
    }
  }

  /** The time until an answer. */
  record Latency(Duration median, Duration most) {}
}
