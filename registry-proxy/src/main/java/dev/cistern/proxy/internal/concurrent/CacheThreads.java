package dev.cistern.proxy.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of one cache. Upstream connections block, so each upstream request in progress uses a
 * thread, and the size of a pool limits the requests; a client that waits uses none. Transfers
 * (long), other upstream requests (short) and storage have separate pools, so that none of them
 * waits for another kind.
 */
public final class CacheThreads implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CacheThreads.class);

  private static final int MAX_REQUESTS = 64;
  private static final int MAX_VERIFICATIONS = 2;
  private static final int MAX_PROBES = 8;
  private static final int MAX_LOOKS = 32;
  private static final int MAX_QUEUED = 10_000;
  private static final int MAX_UNPUBLISHED_MANIFESTS = 1_000;

  private static final Duration IDLE = Duration.ofSeconds(30);

  // Upstream work is already cancelled when the pools are closed. Publishing gets time to finish.
  private static final Duration CANCELLATION = Duration.ofSeconds(5);
  private static final Duration PUBLICATION = Duration.ofSeconds(30);

  private final String name;
  private final ExecutorService requests;
  private final WorkQueue requestQueue;
  private final ExecutorService transfers;
  private final WorkQueue transferQueue;
  private final ExecutorService receiving;
  private final ExecutorService verifications;
  private final ExecutorService lookups;
  private final ScheduledExecutorService probing;
  private final ExecutorService blobPublishing;
  private final ExecutorService manifestPublishing;

  /**
   * Threads are started when they are needed.
   *
   * @param name the prefix of the threads' names
   * @param maxTransfers how many blobs to transfer at once
   */
  public CacheThreads(String name, int maxTransfers) {
    this.name = name;
    requests = pool("request", MAX_REQUESTS, MAX_REQUESTS);
    requestQueue = new FairQueue(requests, MAX_REQUESTS, MAX_QUEUED);
    verifications = pool("verify", MAX_VERIFICATIONS, MAX_QUEUED);
    lookups = pool("storage", MAX_LOOKS, MAX_QUEUED);
    probing = Executors.newScheduledThreadPool(MAX_PROBES, threads("probe"));
    blobPublishing = pool("publish-blob", 2, MAX_QUEUED);
    manifestPublishing = pool("publish-manifest", 1, MAX_UNPUBLISHED_MANIFESTS);
    transfers = pool("transfer", maxTransfers, maxTransfers);
    transferQueue = new FairQueue(transfers, maxTransfers, MAX_QUEUED);
    receiving = pool("receive", maxTransfers, MAX_QUEUED);
  }

  /** Makes short upstream requests: manifests, tag checks, HEAD requests, lists. */
  public WorkQueue requests() {
    return requestQueue;
  }

  /** Probes an upstream that fails. */
  public ScheduledExecutorService probing() {
    return probing;
  }

  /** Reads from storage for requests. Never waits for the upstream. */
  public ExecutorService lookups() {
    return lookups;
  }

  /** Hashes stored blobs that may be torn, a few at a time. */
  public ExecutorService verifications() {
    return verifications;
  }

  /** Transfers blobs, for each client in the order of its requests. */
  public WorkQueue transfers() {
    return transferQueue;
  }

  /** Receives from upstreams while the threads of the transfers hash and write. */
  public ExecutorService receiving() {
    return receiving;
  }

  /** Moves transferred blobs into storage. */
  public ExecutorService blobPublishing() {
    return blobPublishing;
  }

  /** Stores manifests and tags on one thread, in order. */
  public ExecutorService manifestPublishing() {
    return manifestPublishing;
  }

  private ExecutorService pool(String purpose, int threads, int queued) {
    return new BoundedPool(threads, queued, IDLE, threads(purpose));
  }

  /** Makes daemon threads of this cache for one purpose. */
  public ThreadFactory threads(String purpose) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + purpose + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Waits for a limited time until all work has ended, publishing included. Interrupts nothing. */
  @Override
  public void close() {
    // In the order in which work is passed on, so that transfers that end can still be published.
    probing.shutdownNow();
    end(requests, CANCELLATION);
    end(lookups, CANCELLATION);
    end(verifications, CANCELLATION);
    end(transfers, CANCELLATION);
    end(receiving, CANCELLATION);
    end(blobPublishing, PUBLICATION);
    end(manifestPublishing, PUBLICATION);
  }

  private static void end(ExecutorService pool, Duration limit) {
    pool.shutdown();
    try {
      if (!pool.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn(
            "Threads of the closed cache are still working after {} s; they end later",
            limit.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
