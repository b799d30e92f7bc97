package dev.cistern.proxy.internal.guard;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.upstream.Upstream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;

/** Puts the decorators of this package around an upstream, in the order in which they belong. */
public final class UpstreamGuard {

  private UpstreamGuard() {}

  /**
   * An upstream that is not called while it fails, nor again for content that it does not have, and
   * whose calls are reported.
   *
   * @param upstream closed with the one returned
   * @param negativeTtl how long to remember that content does not exist; zero: do not remember
   * @param probing makes the probes, which block; stays the caller's
   * @param listener gets the calls, and the times when the upstream goes down and comes back
   */
  public static Upstream around(
      Upstream upstream,
      Duration negativeTtl,
      InstantSource clock,
      ScheduledExecutorService probing,
      CacheListener listener) {
    // Observed innermost, so that only calls that are really made are seen.
    Upstream observed = new ObservedUpstream(upstream, listener, clock);
    Upstream guarded = new GuardedUpstream(observed, clock, probing, listener);
    return new NegativeCachingUpstream(guarded, negativeTtl, clock);
  }
}
