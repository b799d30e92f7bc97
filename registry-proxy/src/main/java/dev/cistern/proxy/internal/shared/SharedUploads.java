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
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Stores in the shared store, in the background, what was stored locally. What cannot be stored is
 * counted, for {@link LateUploads}. Thread-safe.
 */
final class SharedUploads implements StoreListener {

  /** How long to believe that content is there without a look: another cache may evict it. */
  private static final Duration KNOWN = Duration.ofMinutes(10);

  private static final CompletionStage<Void> DONE = CompletableFuture.completedStage(null);

  private record Key(RepositoryName repository, Digest digest) {}

  private final ContentStore content;
  private final ContentStore here;
  private final BoundedStore local;
  private final SharedLooks looks;
  private final SharedChanges changes;
  private final SharedUses uses;
  private final Executor blobUploads;
  private final Executor smallUploads;
  private final StorageFaults faults;
  private final AtomicLong missed = new AtomicLong();

  /** The uploads in progress. */
  private final ConcurrentHashMap<Key, CompletableFuture<Void>> uploads = new ConcurrentHashMap<>();

  private final PooledCache<Key, Boolean> known =
      new PooledCache<>(
          (key, isKnown) -> Bytes.of(key.repository) + Bytes.DIGEST, KNOWN, System::nanoTime);

  /**
   * @param content the shared store
   * @param here where stored manifests are read from; waits for memory
   * @param local where stored blobs are read from
   * @param uses gets the uses of content
   */
  SharedUploads(
      ContentStore content,
      ContentStore here,
      BoundedStore local,
      SharedLooks looks,
      SharedChanges changes,
      SharedUses uses,
      CacheThreads threads,
      StorageFaults faults) {
    this.content = content;
    this.here = here;
    this.local = local;
    this.looks = looks;
    this.changes = changes;
    this.uses = uses;
    blobUploads = threads.blobUploads();
    smallUploads = threads.smallUploads();
    this.faults = faults;
  }

  /** How often something could not be stored. */
  long missed() {
    return missed.get();
  }

  /** The repository has the content in the shared store, so it is not stored there again. */
  void isHere(RepositoryName repository, Digest digest) {
    known.put(new Key(repository, digest), true);
  }

  /** What a repository has in the shared store is not known any more. */
  void forget(RepositoryName repository) {
    known.removeIf(key -> key.repository.equals(repository));
  }

  /** What any repository has there of content is not known any more. */
  void forget(Digest digest) {
    known.removeIf(key -> key.digest.equals(digest));
  }

  /**
   * Stores a blob that is cached here, unless the repository has it in the shared store.
   *
   * @return fails with an {@link IOException} if it does not have it then
   */
  CompletionStage<Void> ensureBlob(RepositoryName repository, Digest digest) {
    return ensure(
        new Key(repository, digest),
        () -> looks.blobSize(repository, digest).thenApply(OptionalLong::isPresent),
        () -> uploadBlob(repository, digest));
  }

  /** As {@link #ensureBlob}, for a manifest. */
  CompletionStage<Void> ensureManifest(RepositoryName repository, StoredManifest manifest) {
    return ensure(
        new Key(repository, manifest.digest()),
        () -> looks.manifest(repository, manifest.digest()).thenApply(Optional::isPresent),
        () -> uploadManifest(repository, manifest.digest(), () -> Optional.of(manifest)));
  }

  private CompletionStage<Void> ensure(
      Key key, Supplier<CompletionStage<Boolean>> look, Supplier<CompletionStage<Void>> upload) {
    CompletionStage<Void> running = uploads.get(key);
    return (running == null ? DONE : running.exceptionally(failure -> null))
        .thenCompose(ended -> known.get(key) != null ? DONE : lookAndUpload(key, look, upload));
  }

  private CompletionStage<Void> lookAndUpload(
      Key key, Supplier<CompletionStage<Boolean>> look, Supplier<CompletionStage<Void>> upload) {
    return look.get()
        .thenCompose(
            found -> {
              if (!found) {
                return upload.get();
              }
              isHere(key.repository, key.digest);
              return DONE;
            });
  }

  @Override
  public void blobStored(RepositoryName repository, Digest digest) {
    CompletionStage<Void> unused = uploadBlob(repository, digest);
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
  public void manifestStored(RepositoryName repository, Digest digest) {
    // It is read when its turn has come: the bytes of all that wait would fill the memory.
    CompletionStage<Void> unused =
        uploadManifest(repository, digest, () -> here.manifest(repository, digest));
  }

  private interface ManifestRead {
    Optional<StoredManifest> read() throws IOException;
  }

  private CompletionStage<Void> uploadManifest(
      RepositoryName repository, Digest digest, ManifestRead source) {
    return upload(
        smallUploads,
        new Key(repository, digest),
        "Manifest",
        () -> {
          Optional<StoredManifest> manifest = source.read();
          if (manifest.isPresent()) {
            content.publishManifest(repository, manifest.get());
          }
          return manifest.isPresent();
        });
  }

  @Override
  public void linked(RepositoryName repository, Digest digest) {
    // The store may not have the blob: it may have failed when that was fetched.
    CompletionStage<Void> unused = uploadBlob(repository, digest);
  }

  @Override
  public void tagged(RepositoryName repository, Tag tag, Digest digest) {
    CompletionStage<Void> unused = uploadTag(repository, tag, digest);
  }

  /** Stores what a tag names; fails with an {@link IOException} if that fails. */
  CompletionStage<Void> uploadTag(RepositoryName repository, Tag tag, Digest digest) {
    return changes
        .make(
            repository,
            smallUploads,
            "Tag " + tag + " of " + repository + " could not be stored in the shared store",
            () -> content.tag(repository, tag, digest))
        .whenComplete((done, failure) -> countIf(failure != null));
  }

  @Override
  public void used(Digest digest) {
    uses.used(digest);
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
    changes.failure().ifPresent(cause -> faults.report(StorageFault.WRITE, attempt, cause));
    AtomicBoolean stored = new AtomicBoolean();
    CompletionStage<Void> unused =
        changes
            .make(key.repository, threads, attempt, () -> stored.set(upload.run()))
            .whenComplete(
                (done, failure) -> {
                  if (stored.get()) {
                    known.put(key, true);
                  }
                  uploads.remove(key, mine);
                  countIf(failure != null);
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

  private void countIf(boolean failed) {
    if (failed) {
      missed.incrementAndGet();
    }
  }
}
