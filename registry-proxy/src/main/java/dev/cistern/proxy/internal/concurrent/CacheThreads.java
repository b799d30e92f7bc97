package dev.cistern.proxy.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of one cache that work on storage. Each upstream has its own, see {@link
 * UpstreamThreads}, so that storage never waits for an upstream.
 */
public final class CacheThreads implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CacheThreads.class);

  private static final int MAX_VERIFICATIONS = 2;
  private static final int MAX_LOOKS = 32;
  private static final int MAX_SPOOLS = 8;
  private static final int MAX_QUEUED = 10_000;
  private static final int MAX_SHARED_READS = 256;
  private static final int MAX_UPLOADS = 4;
  private static final int MAX_UNPUBLISHED_MANIFESTS = 1_000;

  private static final Duration IDLE = Duration.ofSeconds(30);

  // Reads end soon. Publishing gets time to finish.
  private static final Duration CANCELLATION = Duration.ofSeconds(5);
  private static final Duration PUBLICATION = Duration.ofSeconds(30);

  private final String name;
  private final ExecutorService verifications;
  private final ExecutorService lookups;
  private final ExecutorService spooling;
  private final ExecutorService blobPublishing;
  private final ExecutorService manifestPublishing;
  private final ExecutorService sharedReads;
  private final ExecutorService blobUploads;
  private final ExecutorService smallUploads;

  /**
   * Threads are started when they are needed.
   *
   * @param name the prefix of the threads' names
   */
  public CacheThreads(String name) {
    this.name = name;
    verifications = pool("verify", MAX_VERIFICATIONS, MAX_QUEUED);
    lookups = pool("storage", MAX_LOOKS, MAX_QUEUED);
    spooling = pool("spool", MAX_SPOOLS, MAX_QUEUED);
    blobPublishing = pool("publish-blob", 2, MAX_QUEUED);
    manifestPublishing = pool("publish-manifest", 1, MAX_UNPUBLISHED_MANIFESTS);
    sharedReads = pool("shared-read", MAX_SHARED_READS, 0);
    blobUploads = pool("upload-blob", MAX_UPLOADS, MAX_QUEUED);
    smallUploads = pool("upload", 1, MAX_QUEUED);
  }

  /** Reads from storage for requests. Never waits for the upstream. */
  public ExecutorService lookups() {
    return lookups;
  }

  /** Opens and closes spool files for ranges. When their disk hangs, hits do not wait for it. */
  public ExecutorService spooling() {
    return spooling;
  }

  /** Hashes stored blobs that may be torn, a few at a time. */
  public ExecutorService verifications() {
    return verifications;
  }

  /** Moves transferred blobs into storage. */
  public ExecutorService blobPublishing() {
    return blobPublishing;
  }

  /** Stores manifests and tags on one thread, in order. */
  public ExecutorService manifestPublishing() {
    return manifestPublishing;
  }

  /** Reads from a shared store, which may hang. A task that finds no free thread is rejected. */
  public ExecutorService sharedReads() {
    return sharedReads;
  }

  /** Copies blobs to a shared store. */
  public ExecutorService blobUploads() {
    return blobUploads;
  }

  /** Copies manifests, tags and times of use to a shared store on one thread, in order. */
  public ExecutorService smallUploads() {
    return smallUploads;
  }

  BoundedPool pool(String purpose, int threads, int queued) {
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
    end(lookups, CANCELLATION);
    end(spooling, CANCELLATION);
    end(verifications, CANCELLATION);
    end(blobPublishing, PUBLICATION);
    end(manifestPublishing, PUBLICATION);
    end(blobUploads, PUBLICATION);
    end(smallUploads, PUBLICATION);
    end(sharedReads, CANCELLATION);
  }

  static void end(ExecutorService pool, Duration limit) {
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
