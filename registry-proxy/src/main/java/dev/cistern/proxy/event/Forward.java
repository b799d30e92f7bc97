package dev.cistern.proxy.event;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * The request that the cache made to an upstream in order to answer a client.
 *
 * @param upstream the upstream's name
 * @param status the HTTP status that it answered; empty when it did not answer, or was not called
 *     because it is known to fail
 * @param time how long the client waited for the upstream
 */
public record Forward(String upstream, OptionalInt status, Duration time) {

  /** The upstream answered 200. */
  public static Forward ok(String upstream, Duration time) {
    return new Forward(upstream, OptionalInt.of(200), time);
  }
}
