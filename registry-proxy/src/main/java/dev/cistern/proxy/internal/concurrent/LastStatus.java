package dev.cistern.proxy.internal.concurrent;

import java.util.OptionalInt;

/**
 * The status of the last HTTP answer that this thread received from an upstream. Only events have
 * it: it would be a part of every answer of every upstream, and most upstreams of tests and
 * embedders have none. An upstream is called on one thread, which blocks.
 */
public final class LastStatus {

  private static final int NONE = 0;

  private static final ThreadLocal<Integer> LAST = ThreadLocal.withInitial(() -> NONE);

  private LastStatus() {}

  /** The answer of an upstream, or of the host to which it redirects, has this status. */
  public static void received(int status) {
    LAST.set(status);
  }

  /** Returns it and forgets it; empty if there was no answer since it was forgotten. */
  public static OptionalInt take() {
    int last = LAST.get();
    LAST.remove();
    return last == NONE ? OptionalInt.empty() : OptionalInt.of(last);
  }
}
