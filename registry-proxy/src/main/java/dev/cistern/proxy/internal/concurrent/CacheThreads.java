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
 * The threads of one cache. Upstream connections block, so each upstream request in progress holds
 * a thread, and the size of a pool bounds the requests at once; a client that waits holds none.
 * Transfers, which are long, and all other requests, which are short, do not wait for one another,
 * and neither waits for storage.
 */
public final class CacheThreads implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CacheThreads.class);

  private static final int MAX_REQUESTS = 64;
  private static final int MAX_PROBES = 8;
  private static final int MAX_LOOKS = 32;
  private static final int MAX_QUEUED = 10_000;
  private static final int MAX_UNPUBLISHED_MANIFESTS = 1_000;

  private static final Duration IDLE = Duration.ofSeconds(30);

  // Upstream work has been cancelled by the time these end; what is complete is worth waiting for.
  private static final Duration CANCELLATION = Duration.ofSeconds(5);
  private static final Duration PUBLICATION = Duration.ofSeconds(30);

  private final String name;
  private final ExecutorService requests;
  private final ExecutorService transfers;
  private final ExecutorService receiving;
  private final ExecutorService verifications;
  private final ExecutorService lookups;
  private final ScheduledExecutorService probing;
  private final ExecutorService blobPublishing;
  private final ExecutorService manifestPublishing;

  /**
   * Threads for a cache; none runs before there is work.
   *
   * @param name what the names of the threads begin with
   * @param maxTransfers how many blobs to transfer at once
   */
  public CacheThreads(String name, int maxTransfers) {
    this.name = name;
    requests = pool("request", MAX_REQUESTS, MAX_QUEUED);
    verifications = pool("verify", 1, MAX_QUEUED);
    lookups = pool("storage", MAX_LOOKS, MAX_QUEUED);
    probing = Executors.newScheduledThreadPool(MAX_PROBES, threads("probe"));
    blobPublishing = pool("publish-blob", 2, MAX_QUEUED);
    manifestPublishing = pool("publish-manifest", 1, MAX_UNPUBLISHED_MANIFESTS);
    transfers = pool("transfer", maxTransfers, MAX_QUEUED);
    receiving = pool("receive", maxTransfers, MAX_QUEUED);
  }

  /** Short upstream requests: manifests, tag checks, HEADs, lists. */
  public ExecutorService requests() {
    return requests;
  }

  /** Asks an upstream that does not work whether it does again. */
  public ScheduledExecutorService probing() {
    return probing;
  }

  /** Looks into storage, for all who ask: nothing here waits for the upstream. */
  public ExecutorService lookups() {
    return lookups;
  }

  /** Hashes what is stored where that is in doubt, one blob at a time. */
  public ExecutorService verifications() {
    return verifications;
  }

  /** Blob transfers, in the order in which they were asked for. */
  public ExecutorService transfers() {
    return transfers;
  }

  /** Takes what upstreams send while the transfers' own threads write what came before. */
  public ExecutorService receiving() {
    return receiving;
  }

  /** Moves transferred blobs into storage. */
  public ExecutorService blobPublishing() {
    return blobPublishing;
  }

  /** Stores manifests and tags, one thread, in order. */
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

  /**
   * Lets everything under way end, storing included, for a bounded time. Nothing is interrupted.
   */
  @Override
  public void close() {
    // In the order in which work is handed on, so that what ends can still be published.
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
        log.warn("Work was still under way after {} s", limit.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
