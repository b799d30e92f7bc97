package dev.cistern.proxy.internal.concurrent;

import dev.cistern.proxy.event.Cause;
import java.util.Set;

/**
 * What this thread calls the upstream for: the caches that the requests have passed, which only the
 * client for HTTP needs, for its {@code Via} header, and the cause, which only events have. Both
 * would be parameters of every call of every upstream, and of all that wrap one. An upstream is
 * called on one thread, which blocks.
 */
public final class UpstreamWork {

  private record Current(Set<String> passed, Cause cause) {}

  private static final Current NONE = new Current(Set.of(), Cause.UNKNOWN);

  private static final ThreadLocal<Current> CURRENT = ThreadLocal.withInitial(() -> NONE);

  /** Some work that calls the upstream. */
  @FunctionalInterface
  public interface Work<V, E extends Exception> {

    /** Does the work. */
    V run() throws E;
  }

  private UpstreamWork() {}

  /** Does work for requests that have passed these caches, and for this cause. */
  public static <V, E extends Exception> V with(Set<String> passed, Cause cause, Work<V, E> work)
      throws E {
    CURRENT.set(new Current(passed, cause));
    try {
      return work.run();
    } finally {
      CURRENT.remove();
    }
  }

  /** As above, for work that has no result. */
  public static void with(Set<String> passed, Cause cause, Runnable work) {
    with(
        passed,
        cause,
        () -> {
          work.run();
          return cause;
        });
  }

  /** The names of the caches; empty outside of {@link #with}. */
  public static Set<String> passed() {
    return CURRENT.get().passed;
  }

  /** The cause; unknown outside of {@link #with}. */
  public static Cause cause() {
    return CURRENT.get().cause;
  }
}
