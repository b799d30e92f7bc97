package dev.cistern.proxy.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Stream;

/**
 * The threads that talk to one upstream. Connections block, so each request in progress uses a
 * thread, and the size of a pool limits the requests; a client that waits uses none. Each upstream
 * has its own pools and queues, so that one that hangs delays no other.
 */
public final class UpstreamThreads implements AutoCloseable {

  private static final int MAX_REQUESTS = 64;
  private static final int MAX_PROBES = 8;
  private static final int MAX_PEER_REQUESTS = 256;
  private static final int MAX_QUEUED = places(Runtime.getRuntime().maxMemory());

  private static final int MAX_RECEIVING = receiving(Runtime.getRuntime().maxMemory());

  // The work is already cancelled when the pools are closed.
  private static final Duration CANCELLATION = Duration.ofSeconds(5);

  private final ThreadPoolExecutor requests;
  private final WorkQueue requestQueue;
  private final ThreadPoolExecutor transfers;
  private final WorkQueue transferQueue;
  private final ThreadPoolExecutor receiving;
  private final ThreadPoolExecutor peers;
  private final ScheduledExecutorService probing;
  private final ParallelTransfers parallel;

  /**
   * Threads are started when they are needed.
   *
   * @param cache makes the threads
   * @param suffix the end of the purposes in the threads' names; empty for the default upstream
   * @param maxTransfers how many connections transfer blobs at once
   * @param parallel how many connections may transfer one blob
   */
  public UpstreamThreads(
      CacheThreads cache, String suffix, int maxTransfers, ParallelTransfers parallel) {
    this.parallel = parallel;
    requests = cache.pool("request" + suffix, MAX_REQUESTS, MAX_REQUESTS);
    requestQueue = new FairQueue(requests, MAX_REQUESTS, MAX_QUEUED);
    transfers = cache.pool("transfer" + suffix, maxTransfers, maxTransfers);
    transferQueue = new FairQueue(transfers, maxTransfers, MAX_QUEUED);
    receiving = cache.pool("receive" + suffix, Math.min(maxTransfers, MAX_RECEIVING), 0);
    peers = cache.pool("peer" + suffix, MAX_PEER_REQUESTS, 0);
    probing = Executors.newScheduledThreadPool(MAX_PROBES, cache.threads("probe" + suffix));
  }

  /**
   * How much work may wait in one queue. It takes about 4 KiB when no client wants it any more, and
   * with the request of a client 8 KiB, so a full queue takes an eighth of a small heap at most.
   */
  static int places(long heap) {
    return (int) Math.max(256, Math.min(10_000, heap / (64 << 10)));
  }

  /**
   * How many transfers receive ahead of their threads. Each takes 384 KiB for it, so those of an
   * upstream take a sixteenth of a small heap. Others receive without it.
   */
  static int receiving(long heap) {
    return (int) Math.max(4, Math.min(1_000, heap / 16 / (384 << 10)));
  }

  /** Makes short requests: manifests, tag checks, HEAD requests, lists. */
  public WorkQueue requests() {
    return requestQueue;
  }

  /** Fetches blobs. */
  public TransferThreads transferring() {
    return new TransferThreads(transferQueue, receiving, parallel);
  }

  /** Makes short requests to other caches of the cluster. */
  public WorkQueue peerRequests() {
    return new PeerQueue(peers, requestQueue);
  }

  /** Fetches blobs from other caches of the cluster. */
  public TransferThreads transferringFromPeers() {
    // The client for peers receives on threads of its own.
    return new TransferThreads(
        new PeerQueue(peers, transferQueue),
        task -> {
          throw new RejectedExecutionException("not needed");
        });
  }

  /** Probes the upstream when it fails. */
  public ScheduledExecutorService probing() {
    return probing;
  }

  /** Whether no thread has work, apart from probes. */
  public boolean areIdle() {
    return Stream.of(requests, transfers, receiving, peers)
        .allMatch(pool -> pool.getActiveCount() == 0 && pool.getQueue().isEmpty());
  }

  /** Waits for a limited time until all work has ended. Interrupts nothing but probes. */
  @Override
  public void close() {
    CacheThreads.end(requests, CANCELLATION);
    CacheThreads.end(transfers, CANCELLATION);
    CacheThreads.end(receiving, CANCELLATION);
    CacheThreads.end(peers, CANCELLATION);
    probing.shutdownNow();
  }
}
