package dev.cistern.proxy.internal.concurrent;

import java.util.concurrent.Executor;

/**
 * The threads that fetch blobs from one upstream.
 *
 * @param transfers runs each transfer on one thread, for each client in the order of its requests;
 *     their number limits the transfers in progress
 * @param receiving receives while the threads of the transfers hash and write
 * @param parallel how many connections may transfer one blob
 */
public record TransferThreads(WorkQueue transfers, Executor receiving, ParallelTransfers parallel) {

  /** Threads for one connection a blob. */
  public TransferThreads(WorkQueue transfers, Executor receiving) {
    this(transfers, receiving, new ParallelTransfers(1, System::nanoTime));
  }
}
