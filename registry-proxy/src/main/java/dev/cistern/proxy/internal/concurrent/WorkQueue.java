package dev.cistern.proxy.internal.concurrent;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs work of clients on threads that may block. Thread-safe. */
@FunctionalInterface
public interface WorkQueue {

  /** Some work that may have to wait. Exactly one of {@link #run} and {@link #reject} is called. */
  interface Work {

    /** Does the work. Throws nothing. */
    void run();

    /**
     * Drops the work forever if no client waits for it. Dropped work is run too, soon, perhaps on a
     * thread that must not block, so it ends at once.
     *
     * @return whether it is dropped
     */
    boolean dropIfUnwanted();

    /** Work that waited is not done after all, to make room for other clients. Throws nothing. */
    void reject(RejectedExecutionException cause);
  }

  /** The places of some work in the queue. */
  @FunctionalInterface
  interface Ticket {

    /**
     * Gives the work a place among the work of one more client, unless it has one, has begun or was
     * removed. It begins when the first of its places comes up, and is rejected when it has lost
     * the last one. When there is no room, the client waits in the places of the others.
     */
    void join(String client);
  }

  /**
   * Starts work, or queues it.
   *
   * @param client who waits for it; empty for no client in particular, whose work is never rejected
   *     once it is queued
   * @throws RejectedExecutionException when too much is waiting, or the threads have ended; neither
   *     method of the work is called then
   */
  Ticket execute(String client, Work work);

  /** Work that is useful while a thread has nothing else to do. */
  interface Spare {

    /** Does the work. Throws nothing. */
    void run();

    /**
     * Other work waits for the thread: end soon. Called at most once, on any thread. Must return
     * promptly, and throws nothing.
     */
    void endSoon();
  }

  /**
   * Starts work if a thread is free and no other work waits for it. It counts for the limit of this
   * queue.
   *
   * @return whether it was started
   */
  default boolean startSpare(Spare work) {
    return false;
  }

  /** An executor for the work of no client in particular, which is never rejected later. */
  default Executor executor() {
    return task ->
        execute(
            "",
            new Work() {
              @Override
              public void run() {
                task.run();
              }

              @Override
              public boolean dropIfUnwanted() {
                return false;
              }

              @Override
              public void reject(RejectedExecutionException cause) {
                throw new IllegalStateException("work of no client was displaced", cause);
              }
            });
  }
}
