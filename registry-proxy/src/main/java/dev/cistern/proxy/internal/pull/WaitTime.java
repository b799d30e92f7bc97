package dev.cistern.proxy.internal.pull;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.upstream.UpstreamException;
import java.time.Duration;
import java.util.OptionalInt;

/** How long one request waits for an upstream. */
final class WaitTime {

  private final String upstream;
  private final long start = System.nanoTime();

  private WaitTime(String upstream) {
    this.upstream = upstream;
  }

  static WaitTime start(String upstream) {
    return new WaitTime(upstream);
  }

  /** The upstream has just answered. */
  Forward answered() {
    return Forward.ok(upstream, time());
  }

  /** The upstream has not answered yet. */
  Forward unanswered() {
    return new Forward(upstream, OptionalInt.empty(), time());
  }

  /** The upstream has just failed. */
  Forward failed(RegistryException cause) {
    OptionalInt status =
        cause instanceof UpstreamException failure ? failure.status() : OptionalInt.empty();
    return new Forward(upstream, status, time());
  }

  private Duration time() {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
