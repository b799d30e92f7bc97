package dev.cistern.proxy.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A thread pool for tasks that block. A task runs on an idle thread if there is one, else on a new
 * thread, else it waits in a queue.
 *
 * <p>The JDK's pools with a queue start a new thread for each task until the limit is reached, even
 * when threads are idle, and each thread keeps its stack and buffers.
 */
final class BoundedPool extends ThreadPoolExecutor {

  /** Offers a task only to an idle thread; a task that must wait is added by {@link #put}. */
  private static final class HandOver extends LinkedTransferQueue<Runnable> {

    private static final long serialVersionUID = 1L;

    @Override
    public boolean offer(Runnable task) {
      return tryTransfer(task);
    }
  }

  /**
   * A pool that starts without threads.
   *
   * @param threads how many tasks may run at once
   * @param waiting how many more tasks may wait; further ones are rejected
   * @param idle how long to keep a thread without a task
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
    // A thread that leaves the pool looks into the queue once more. If all threads have left and
    // looked before the put, no thread would run this task.
    if (pool.getPoolSize() == 0 && pool.remove(task)) {
      pool.execute(task);
    }
  }
}
