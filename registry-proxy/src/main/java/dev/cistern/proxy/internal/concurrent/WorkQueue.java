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

    /** Whether anybody waits for it. Unwanted work is run too, soon, and should end at once. */
    boolean isWanted();

    /** Work that waited is not done after all, to make room for other clients. Throws nothing. */
    void reject(RejectedExecutionException cause);
  }

  /**
   * Starts work, or queues it.
   *
   * @param client whose work it is; empty for no client in particular, whose work is never rejected
   *     once it is queued
   * @throws RejectedExecutionException when too much is waiting, or the threads have ended; neither
   *     method of the work is called then
   */
  void execute(String client, Work work);

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
              public boolean isWanted() {
                return true;
              }

              @Override
              public void reject(RejectedExecutionException cause) {
                throw new IllegalStateException("work of no client was displaced", cause);
              }
            });
  }
}
