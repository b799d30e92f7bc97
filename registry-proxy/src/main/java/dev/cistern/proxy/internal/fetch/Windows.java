package dev.cistern.proxy.internal.fetch;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The windows of transfers that have ended, for those that begin. With a new one for each, they
 * were half of what cold pulls allocated, and they outlived the collections of young objects, so a
 * small heap had to be larger.
 *
 * <p>Thread-safe.
 */
final class Windows {

  /** How many are kept, in a sixteenth of a small heap, and in 6 MiB at most. */
  private static final int MOST = most(Runtime.getRuntime().maxMemory());

  private static final Deque<byte[]> free = new ArrayDeque<>(MOST);

  private Windows() {}

  static int most(long heap) {
    return (int) Math.max(4, Math.min(16, heap / 16 / ReadAheadBlob.WINDOW));
  }

  /** A window with any bytes, for one transfer. */
  static byte[] take() {
    byte[] window;
    synchronized (free) {
      window = free.pollLast();
    }
    return window == null ? new byte[ReadAheadBlob.WINDOW] : window;
  }

  /**
   * Gives a window back.
   *
   * @param window nothing uses it any more; what is no window is ignored
   */
  static void giveBack(byte[] window) {
    synchronized (free) {
      if (window.length == ReadAheadBlob.WINDOW && free.size() < MOST) {
        free.addLast(window);
      }
    }
  }
}
