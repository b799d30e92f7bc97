package dev.cistern.proxy;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where the content that a cache has served is stored. An answer comes before its bytes are stored,
 * but an image is warm only afterwards. Does not block. Thread-safe.
 */
final class StoredCopies {

  private final BlobFetches fetches;
  private final Optional<SharedStore> shared;

  /**
   * @param shared the {@linkplain dev.cistern.storage.StorageTrait#REMOTE remote} storage; empty if
   *     content is stored locally only
   */
  StoredCopies(BlobFetches fetches, Optional<SharedStore> shared) {
    this.fetches = fetches;
    this.shared = shared;
  }

  /**
   * Completes when a blob that is being fetched is published locally, or not, with whether it is
   * stored.
   */
  CompletionStage<Boolean> local(Digest blob) {
    return fetches.stored(blob);
  }

  /**
   * Makes sure that the remote storage, if there is one, has a blob that is cached locally.
   *
   * @return fails with an {@link IOException} if the storage does not have it then
   */
  CompletionStage<Void> ensureRemote(RepositoryName repository, Digest blob) {
    return shared
        .map(store -> store.ensureBlob(repository, blob))
        .orElse(CompletableFuture.completedStage(null));
  }

  /** As above, for a manifest and the tag by which it was requested. */
  CompletionStage<Void> ensureRemote(
      RepositoryName repository, Reference reference, ManifestContent manifest) {
    return shared
        .map(store -> ensure(store, repository, reference, manifest))
        .orElse(CompletableFuture.completedStage(null));
  }

  private static CompletionStage<Void> ensure(
      SharedStore store, RepositoryName repository, Reference reference, ManifestContent manifest) {
    CompletionStage<Void> stored =
        store.ensureManifest(
            repository,
            new StoredManifest(manifest.digest(), manifest.mediaType(), manifest.body()));
    // A stale answer says nothing about what the tag names now.
    return reference instanceof Tag tag && !(manifest.status() instanceof CacheStatus.Stale)
        ? stored.thenCompose(done -> store.ensureTag(repository, tag, manifest.digest()))
        : stored;
  }
}
