package dev.cistern.server.http;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioIoThread;

/**
 * Work of I/O threads that can wait until other connections have had their turn.
 *
 * <p>An I/O thread looks for new connections and new bytes only when it has no task that is due. A
 * client that sends thousands of requests at once makes such tasks without end. So what it sends is
 * done in pieces, one piece of one connection at a time, with a pause after each.
 */
final class Turns {

  /** Longer than a piece takes. */
  private static final long PAUSE_MILLIS = 5;

  // A queue is used by its thread alone. The first task stays in it while it runs.
  private final Map<XnioIoThread, Queue<Runnable>> waiting = new ConcurrentHashMap<>();

  /** Does something later. Call on the thread. */
  void add(XnioIoThread thread, Runnable task) {
    Queue<Runnable> queue = waiting.computeIfAbsent(thread, unused -> new ArrayDeque<>());
    queue.add(task);
    if (queue.size() == 1) {
      pause(thread, queue);
    }
  }

  private static void pause(XnioIoThread thread, Queue<Runnable> queue) {
    thread.executeAfter(() -> runNext(thread, queue), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static void runNext(XnioIoThread thread, Queue<Runnable> queue) {
    try {
      queue.element().run();
    } finally {
      queue.remove();
      if (!queue.isEmpty()) {
        pause(thread, queue);
      }
    }
  }
}
