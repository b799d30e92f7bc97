package dev.cistern.proxy.internal.concurrent;

import java.util.Set;

/**
 * The caches that the requests have passed for which this thread calls the upstream. Only the
 * client for HTTP needs them, for its {@code Via} header; they would be a parameter of every call
 * of every upstream, and of all that wrap one. An upstream is called on one thread, which blocks.
 */
public final class PassedCaches {

  private static final ThreadLocal<Set<String>> CURRENT = ThreadLocal.withInitial(Set::of);

  /** Some work that calls the upstream. */
  @FunctionalInterface
  public interface Work<V, E extends Exception> {

    /** Does the work. */
    V run() throws E;
  }

  private PassedCaches() {}

  /** Does work for requests that have passed these caches. */
  public static <V, E extends Exception> V with(Set<String> passed, Work<V, E> work) throws E {
    CURRENT.set(passed);
    try {
      return work.run();
    } finally {
      CURRENT.remove();
    }
  }

  /** The names of the caches; empty outside of {@link #with}. */
  public static Set<String> current() {
    return CURRENT.get();
  }
}
