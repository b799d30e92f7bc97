package dev.cistern.proxy.internal.shared;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.PooledCache;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.internal.store.StoreListener;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the shared store in the background: stores what was stored locally, and when content was
 * used. While the store is failing, changes are left out. Thread-safe.
 */
final class SharedUploads implements StoreListener {

  private static final Logger log = LoggerFactory.getLogger(SharedUploads.class);

  /** How long to believe that content is there without a look: another cache may evict it. */
  private static final Duration KNOWN = Duration.ofMinutes(10);

  private record Key(RepositoryName repository, Digest digest) {}

  private final ContentStore content;
  private final ContentInventory inventory;
  private final BoundedStore local;
  private final StoreGate gate;
  private final Executor blobUploads;
  private final Executor smallUploads;
  private final InstantSource clock;
  private final StorageFaults faults;
  private final AtomicInteger pending = new AtomicInteger();
  private volatile Duration ttl;

  private final PooledCache<Key, Boolean> known =
      new PooledCache<>(
          (key, isKnown) -> Bytes.of(key.repository) + Bytes.DIGEST, KNOWN, System::nanoTime);

  /**
   * @param content the shared store
   * @param inventory of the same store
   * @param local where stored blobs are read from
   * @param gate whether the shared store is failing
   */
  SharedUploads(
      ContentStore content,
      ContentInventory inventory,
      BoundedStore local,
      StoreGate gate,
      CacheThreads threads,
      Limits limits,
      InstantSource clock,
      StorageFaults faults) {
    this.content = content;
    this.inventory = inventory;
    this.local = local;
    this.gate = gate;
    blobUploads = threads.blobUploads();
    smallUploads = threads.smallUploads();
    ttl = limits.ttl();
    this.clock = clock;
    this.faults = faults;
  }

  void reconfigure(Limits changed) {
    ttl = changed.ttl();
  }

  /** How many changes are in progress or wait for a thread. */
  int pending() {
    return pending.get();
  }

  /** The repository has the content in the shared store, so it is not stored there again. */
  void isHere(RepositoryName repository, Digest digest) {
    known.put(new Key(repository, digest), true);
  }

  @Override
  public void blobStored(RepositoryName repository, Digest digest) {
    upload(
        blobUploads,
        new Key(repository, digest),
        "Blob",
        () -> {
          Optional<StoredBlob> blob = local.look(repository, digest);
          if (blob.isPresent()) {
            try (StoredBlob open = blob.get()) {
              content.publishBlob(repository, open);
            }
          }
        });
  }

  @Override
  public void manifestStored(RepositoryName repository, StoredManifest manifest) {
    upload(
        smallUploads,
        new Key(repository, manifest.digest()),
        "Manifest",
        () -> content.publishManifest(repository, manifest));
  }

  @Override
  public void linked(RepositoryName repository, Digest digest) {
    upload(
        smallUploads,
        new Key(repository, digest),
        "Blob",
        () -> {
          if (content.holds(digest)) {
            content.link(repository, digest);
          }
        });
  }

  @Override
  public void tagged(RepositoryName repository, Tag tag, Digest digest) {
    run(
        smallUploads,
        "Tag " + tag + " of " + repository + " could not be stored in the shared store",
        () -> content.tag(repository, tag, digest));
  }

  @Override
  public void used(Digest digest) {
    run(
        smallUploads,
        "Could not store in the shared store when " + digest + " was used",
        () -> inventory.renew(digest, clock.instant(), ttl));
  }

  /** Deletes a blob whose bytes are wrong, if it still has the size with which it was read. */
  void discard(Digest digest, long size) {
    run(
        smallUploads,
        "Could not delete the corrupt blob " + digest + " in the shared store",
        () -> {
          Optional<BlobStat> stored = inventory.blob(digest);
          if (stored.isPresent() && stored.get().size() == size) {
            inventory.delete(digest);
          }
        });
    known.removeIf(key -> true);
  }

  private interface Task {
    void run() throws IOException;
  }

  private void upload(Executor threads, Key key, String kind, Task task) {
    if (known.get(key) != null) {
      return;
    }
    String attempt =
        kind
            + " "
            + key.digest
            + " of "
            + key.repository
            + " could not be stored in the shared store; it is cached here only";
    if (gate.isShut()) {
      faults.report(StorageFault.WRITE, attempt, new IOException("the store is failing"));
      return;
    }
    run(
        threads,
        attempt,
        () -> {
          task.run();
          known.put(key, true);
        });
  }

  private void run(Executor threads, String attempt, Task task) {
    if (gate.isShut()) {
      log.debug("{}: the store is failing", attempt);
      return;
    }
    pending.incrementAndGet();
    try {
      threads.execute(
          () -> {
            try {
              // It may have begun to fail while this waited.
              if (!gate.isShut()) {
                task.run();
              }
            } catch (IOException | RuntimeException e) {
              faults.report(StorageFault.WRITE, attempt, e);
            } finally {
              pending.decrementAndGet();
            }
          });
    } catch (RejectedExecutionException e) {
      pending.decrementAndGet();
      faults.report(StorageFault.WRITE, attempt, e);
    }
  }
}
