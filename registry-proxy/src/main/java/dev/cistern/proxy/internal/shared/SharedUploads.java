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
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the shared store in the background: stores what was stored locally, and when content was
 * used. While the store is failing, changes are left out. Thread-safe.
 */
final class SharedUploads implements StoreListener {

  private static final Logger log = LoggerFactory.getLogger(SharedUploads.class);

  /** How old the marker of a use may become while clients are sent to the content. */
  private static final Duration LONGEST_UNMARKED = Duration.ofHours(1);

  /** How long to believe that content is there without a look: another cache may evict it. */
  private static final Duration KNOWN = Duration.ofMinutes(10);

  private static final CompletionStage<Void> DONE = CompletableFuture.completedStage(null);

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

  /** Redirects are not counted as uses here, so their marker is not stored for each. */
  private final PooledCache<Digest, Instant> marked =
      new PooledCache<>(
          (digest, time) -> Bytes.DIGEST + Bytes.RECORD, LONGEST_UNMARKED, System::nanoTime);

  private volatile Duration ttl;

  /** The uploads in progress. */
  private final ConcurrentHashMap<Key, CompletableFuture<Void>> uploads = new ConcurrentHashMap<>();

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

  /**
   * Stores a blob that is cached here, unless the repository has it in the shared store.
   *
   * @param look whether it has; not asked if that is known
   * @return fails with an {@link IOException} if it does not have it then
   */
  CompletionStage<Void> ensureBlob(
      RepositoryName repository, Digest digest, Supplier<CompletionStage<Boolean>> look) {
    return ensure(new Key(repository, digest), look, () -> uploadBlob(repository, digest));
  }

  /** As {@link #ensureBlob}, for a manifest. */
  CompletionStage<Void> ensureManifest(
      RepositoryName repository, StoredManifest manifest, Supplier<CompletionStage<Boolean>> look) {
    return ensure(
        new Key(repository, manifest.digest()), look, () -> uploadManifest(repository, manifest));
  }

  private CompletionStage<Void> ensure(
      Key key, Supplier<CompletionStage<Boolean>> look, Supplier<CompletionStage<Void>> upload) {
    CompletionStage<Void> running = uploads.get(key);
    return (running == null ? DONE : running.exceptionally(failure -> null))
        .thenCompose(
            ended ->
                known.get(key) != null
                    ? DONE
                    : look.get().thenCompose(found -> found ? DONE : upload.get()));
  }

  @Override
  public void blobStored(RepositoryName repository, Digest digest) {
    uploadBlob(repository, digest);
  }

  private CompletionStage<Void> uploadBlob(RepositoryName repository, Digest digest) {
    return upload(
        blobUploads,
        new Key(repository, digest),
        "Blob",
        () -> {
          Optional<StoredBlob> blob = local.look(repository, digest);
          if (blob.isEmpty()) {
            return false;
          }
          try (StoredBlob open = blob.get()) {
            content.publishBlob(repository, open);
          }
          return true;
        });
  }

  @Override
  public void manifestStored(RepositoryName repository, StoredManifest manifest) {
    uploadManifest(repository, manifest);
  }

  private CompletionStage<Void> uploadManifest(RepositoryName repository, StoredManifest manifest) {
    return upload(
        smallUploads,
        new Key(repository, manifest.digest()),
        "Manifest",
        () -> {
          content.publishManifest(repository, manifest);
          return true;
        });
  }

  @Override
  public void linked(RepositoryName repository, Digest digest) {
    upload(
        smallUploads,
        new Key(repository, digest),
        "Blob",
        () -> {
          boolean held = content.holds(digest);
          if (held) {
            content.link(repository, digest);
          }
          return held;
        });
  }

  @Override
  public void tagged(RepositoryName repository, Tag tag, Digest digest) {
    uploadTag(repository, tag, digest);
  }

  /** Stores what a tag names; fails with an {@link IOException} if that fails. */
  CompletionStage<Void> uploadTag(RepositoryName repository, Tag tag, Digest digest) {
    return run(
        smallUploads,
        "Tag " + tag + " of " + repository + " could not be stored in the shared store",
        () -> content.tag(repository, tag, digest));
  }

  /** A client was sent to content: a use, unless it was told within a tenth of the ttl. */
  void redirected(Digest digest) {
    Instant now = clock.instant();
    Instant last = marked.get(digest);
    Duration tenth = ttl.dividedBy(10);
    if (last != null && (ttl.isZero() || now.isBefore(last.plus(tenth)))) {
      return;
    }
    marked.put(digest, now);
    used(digest);
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

  private interface Upload {
    /** Returns false if the content is not where it should come from. */
    boolean run() throws IOException;
  }

  private CompletionStage<Void> upload(Executor threads, Key key, String kind, Upload upload) {
    if (known.get(key) != null) {
      return DONE;
    }
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> running = uploads.putIfAbsent(key, mine);
    if (running != null) {
      return running;
    }
    String what = kind + " " + key.digest + " of " + key.repository;
    String attempt = what + " could not be stored in the shared store; it is cached here only";
    if (gate.isShut()) {
      faults.report(StorageFault.WRITE, attempt, new IOException("the store is failing"));
    }
    AtomicBoolean stored = new AtomicBoolean();
    run(threads, attempt, () -> stored.set(upload.run()))
        .whenComplete(
            (done, failure) -> {
              if (stored.get()) {
                known.put(key, true);
              }
              uploads.remove(key, mine);
              if (failure != null) {
                mine.completeExceptionally(failure);
              } else if (stored.get()) {
                mine.complete(null);
              } else {
                mine.completeExceptionally(
                    new IOException(what + " is in neither the local nor the shared store"));
              }
            });
    return mine;
  }

  private CompletionStage<Void> run(Executor threads, String attempt, Task task) {
    if (gate.isShut()) {
      log.debug("{}: the store is failing", attempt);
      return CompletableFuture.failedStage(failing(attempt));
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    pending.incrementAndGet();
    try {
      threads.execute(
          () -> {
            try {
              // It may have begun to fail while this waited.
              if (gate.isShut()) {
                end(done, failing(attempt));
                return;
              }
              task.run();
              end(done, null);
            } catch (IOException | RuntimeException e) {
              faults.report(StorageFault.WRITE, attempt, e);
              end(done, new IOException(attempt + ": " + e.getMessage(), e));
            } catch (Error e) {
              end(done, new IOException(attempt, e));
              throw e;
            }
          });
    } catch (RejectedExecutionException e) {
      faults.report(StorageFault.WRITE, attempt, e);
      end(done, new IOException(attempt + ": " + e.getMessage(), e));
    }
    return done;
  }

  private void end(CompletableFuture<Void> done, @Nullable IOException failure) {
    pending.decrementAndGet();
    if (failure == null) {
      done.complete(null);
    } else {
      done.completeExceptionally(failure);
    }
  }

  private IOException failing(String attempt) {
    return new IOException(attempt + ": the store is failing: " + gate.lastFailure());
  }
}
