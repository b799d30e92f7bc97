package dev.cistern.proxy.internal.concurrent;

import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.Cause;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * What this thread calls the upstream for: the caches that the requests have passed, which only the
 * client for HTTP needs, for its {@code Via} header, and the cause, which only events have. Both
 * would be parameters of every call of every upstream, and of all that wrap one. An upstream is
 * called on one thread, which blocks.
 */
public final class UpstreamWork {

  private record Current(Set<String> passed, Cause cause, BooleanSupplier forPeer) {}

  private static final Current NONE = new Current(Set.of(), Cause.UNKNOWN, () -> false);

  private static final ThreadLocal<Current> CURRENT = ThreadLocal.withInitial(() -> NONE);

  /** Whether this thread may wait for other caches of the cluster. */
  private static final ThreadLocal<Boolean> PEERS = ThreadLocal.withInitial(() -> false);

  /** Some work that calls the upstream. */
  @FunctionalInterface
  public interface Work<V, E extends Exception> {

    /** Does the work. */
    V run() throws E;
  }

  private static final ThreadLocal<CallStop> STOP = ThreadLocal.withInitial(() -> CallStop.NEVER);

  private UpstreamWork() {}

  /** Does work whose calls another thread may end while they wait for an answer. */
  public static <V, E extends Exception> V stoppable(CallStop stop, Work<V, E> work) throws E {
    STOP.set(stop);
    try {
      return work.run();
    } finally {
      STOP.remove();
    }
  }

  /** Call with the call that this thread waits for. */
  public static CallStop stop() {
    return STOP.get();
  }

  /** Does work that these requests wait for. */
  public static <V, E extends Exception> V with(Interest interest, Cause cause, Work<V, E> work)
      throws E {
    return with(new Current(interest.passed(), cause, interest::isForPeer), work);
  }

  /** Does work that this request alone waits for. */
  public static void with(Requester requester, Runnable work) {
    run(new Current(Set.copyOf(requester.passed()), requester.cause(), requester::isPeer), work);
  }

  /** As above, for work that has no result. */
  public static void with(Interest interest, Cause cause, Runnable work) {
    run(new Current(interest.passed(), cause, interest::isForPeer), work);
  }

  private static void run(Current current, Runnable work) {
    with(
        current,
        () -> {
          work.run();
          return current;
        });
  }

  private static <V, E extends Exception> V with(Current current, Work<V, E> work) throws E {
    CURRENT.set(current);
    try {
      return work.run();
    } finally {
      CURRENT.remove();
    }
  }

  /** Does a part of the work, which is the cause of what happens within it. */
  public static <V, E extends Exception> V causedBy(Cause cause, Work<V, E> work) throws E {
    Current before = CURRENT.get();
    CURRENT.set(new Current(before.passed, cause, before.forPeer));
    try {
      return work.run();
    } finally {
      CURRENT.set(before);
    }
  }

  /** Does work that may wait for other caches of the cluster, on a thread that is for that. */
  public static void besidePeers(Runnable work) {
    PEERS.set(true);
    try {
      work.run();
    } finally {
      PEERS.remove();
    }
  }

  /** Does work that must not wait for other caches of the cluster. */
  public static <V, E extends Exception> V withoutPeers(Work<V, E> work) throws E {
    boolean before = PEERS.get();
    PEERS.set(false);
    try {
      return work.run();
    } finally {
      PEERS.set(before);
    }
  }

  /** Whether this thread may wait for other caches of the cluster. */
  public static boolean isBesidePeers() {
    return PEERS.get();
  }

  /** Whether the work is also for another cache of the cluster, which may change at any time. */
  public static BooleanSupplier forPeer() {
    return CURRENT.get().forPeer;
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
