package dev.cistern.proxy.event;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * What the cache asked of an upstream to answer one request.
 *
 * @param upstream the upstream's name
 * @param status the HTTP status that it answered; empty when it did not answer, or was not asked
 *     because it is known to be failing
 * @param time how long this request waited for the upstream
 */
public record Forward(String upstream, OptionalInt status, Duration time) {

  /** The upstream answered 200. */
  public static Forward ok(String upstream, Duration time) {
    return new Forward(upstream, OptionalInt.of(200), time);
  }
}
