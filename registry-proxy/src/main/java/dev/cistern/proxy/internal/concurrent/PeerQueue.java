package dev.cistern.proxy.internal.concurrent;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/**
 * Runs work that waits for another cache of the cluster. It never waits for its turn: work that
 * finds no free thread is done without that cache, in the queue for the upstream. Otherwise two
 * caches whose threads wait for each other's queues would wait forever.
 *
 * @param pool rejects a task that finds no free thread
 * @param otherwise the queue for the upstream
 */
public record PeerQueue(ExecutorService pool, WorkQueue otherwise) implements WorkQueue {

  @Override
  public Ticket execute(String client, Work work) {
    try {
      pool.execute(() -> UpstreamWork.besidePeers(work::run));
      return more -> {};
    } catch (RejectedExecutionException e) {
      return otherwise.execute(client, work);
    }
  }
}
