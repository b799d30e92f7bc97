package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The blobs that are cached: small ones in memory, all in storage. A blob whose size is wrong or
 * not known is hashed before it is served. A failure of storage is reported, and looks here as if
 * the blob was not cached. All but {@link #inMemory} and {@link #isIndexed} block on storage.
 * Thread-safe.
 */
final class CachedBlobs {

  private final ContentStore store;
  private final BoundedStore bounded;
  private final TornBlobs torn;
  private final HotContent hot;
  private final StorageFaults faults;

  /**
   * @param store where blobs are linked to repositories
   * @param bounded the blobs in the same driver
   * @param torn checks the blobs of {@code bounded}
   * @param hot the blobs of {@code bounded} that are in memory
   */
  CachedBlobs(
      ContentStore store,
      BoundedStore bounded,
      TornBlobs torn,
      HotContent hot,
      StorageFaults faults) {
    this.store = store;
    this.bounded = bounded;
    this.torn = torn;
    this.hot = hot;
    this.faults = faults;
  }

  /**
   * A blob that this repository has read before; need not be closed.
   *
   * @param status of the answer
   */
  Optional<BlobContent> inMemory(RepositoryName repository, Digest digest, CacheStatus status) {
    return hot.blob(repository, digest, status);
  }

  /**
   * Opens a blob in storage.
   *
   * @param status of the answer
   * @param again looks for the blob once more, after it was hashed
   * @return empty when the repository does not have the blob here
   */
  Optional<CompletionStage<BlobContent>> open(
      RepositoryName repository,
      Digest digest,
      CacheStatus status,
      Supplier<CompletionStage<BlobContent>> again) {
    try {
      Optional<StoredBlob> blob = bounded.blob(repository, digest);
      return blob.isPresent()
          ? Optional.of(open(repository, blob.get(), status, again))
          : Optional.empty();
    } catch (IOException e) {
      faults.report(StorageFault.READ, "Could not read blob " + digest + " of " + repository, e);
      return Optional.empty();
    }
  }

  private CompletionStage<BlobContent> open(
      RepositoryName repository,
      StoredBlob blob,
      CacheStatus status,
      Supplier<CompletionStage<BlobContent>> again)
      throws IOException {
    boolean cacheable = hot.isCacheable(blob);
    // A blob that is read into memory is hashed there.
    boolean suspect = cacheable ? torn.isSuspect(blob) : torn.isUnproven(repository, blob);
    if (!suspect && !cacheable) {
      return CompletableFuture.completedStage(new StoredContent(blob, status));
    }
    Optional<BlobContent> loaded = suspect ? Optional.empty() : load(repository, blob, status);
    return loaded
        .<CompletionStage<BlobContent>>map(CompletableFuture::completedStage)
        .orElseGet(() -> torn.verify(blob).thenCompose(right -> again.get()));
  }

  /** Reads a small blob, and closes it unless its bytes are wrong. Empty when they are. */
  private Optional<BlobContent> load(RepositoryName repository, StoredBlob blob, CacheStatus status)
      throws IOException {
    boolean wrong = false;
    try {
      Optional<BlobContent> content = hot.load(repository, blob, status);
      wrong = content.isEmpty();
      return content;
    } finally {
      if (!wrong) {
        blob.close();
      }
    }
  }

  /** The size of a blob in storage, if the repository has it. Records no use. */
  CompletionStage<OptionalLong> size(RepositoryName repository, Digest digest) {
    try {
      Optional<StoredBlob> stored = bounded.look(repository, digest);
      if (stored.isEmpty()) {
        return CompletableFuture.completedStage(OptionalLong.empty());
      }
      StoredBlob blob = stored.get();
      OptionalLong size = OptionalLong.of(blob.size());
      if (torn.isUnproven(repository, blob)) {
        return torn.verify(blob).thenApply(right -> right ? size : OptionalLong.empty());
      }
      blob.close();
      return CompletableFuture.completedStage(size);
    } catch (IOException e) {
      faults.report(
          StorageFault.READ, "Could not look for blob " + digest + " of " + repository, e);
      return CompletableFuture.completedStage(OptionalLong.empty());
    }
  }

  /** Whether storage has the blob, for any repository. */
  boolean holds(Digest digest) {
    try {
      return bounded.holds(digest);
    } catch (IOException e) {
      faults.report(StorageFault.READ, "Could not look for blob " + digest, e);
      return false;
    }
  }

  /** Whether storage had the blob, for any repository, when this cache last used or listed it. */
  boolean isIndexed(Digest digest) {
    return bounded.isIndexed(digest);
  }

  /**
   * Lets a repository read a blob.
   *
   * @return false when storage failed
   */
  boolean link(RepositoryName repository, Digest digest) {
    try {
      store.link(repository, digest);
      bounded.linked(repository, digest);
      return true;
    } catch (IOException e) {
      faults.report(StorageFault.WRITE, "Could not link blob " + digest + " to " + repository, e);
      return false;
    }
  }
}
