package dev.cistern.proxy.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads for tasks that block: a task goes to an idle thread, else to a new one, else it waits in
 * line.
 *
 * <p>The JDK's pools with a line start a thread for each task until they have all of them, however
 * many are idle; each keeps its stack and its buffers.
 */
final class BoundedPool extends ThreadPoolExecutor {

  /** Takes only what an idle thread takes at once. What is to wait is {@link #put}. */
  private static final class HandOver extends LinkedTransferQueue<Runnable> {

    private static final long serialVersionUID = 1L;

    @Override
    public boolean offer(Runnable task) {
      return tryTransfer(task);
    }
  }

  /**
   * A pool without any thread yet.
   *
   * @param threads how many tasks may run at once
   * @param waiting how many more may wait; what comes then is rejected
   * @param idle how long a thread without a task is kept
   */
  BoundedPool(int threads, int waiting, Duration idle, ThreadFactory factory) {
    super(
        0,
        threads,
        idle.toMillis(),
        TimeUnit.MILLISECONDS,
        new HandOver(),
        factory,
        (task, pool) -> putInLine(task, pool, waiting));
  }

  private static void putInLine(Runnable task, ThreadPoolExecutor pool, int waiting) {
    if (pool.isShutdown() || pool.getQueue().size() >= waiting) {
      throw pool.isShutdown() ? Rejection.closed() : Rejection.full(waiting);
    }
    ((HandOver) pool.getQueue()).put(task);
    if (pool.isShutdown() && pool.remove(task)) {
      throw Rejection.closed();
    }
    // Each thread looks into the queue once more after it has left the pool. If all of them had
    // looked by then, no thread would take this task.
    if (pool.getPoolSize() == 0 && pool.remove(task)) {
      pool.execute(task);
    }
  }
}
