package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.SingleFlight;
import dev.cistern.proxy.internal.concurrent.StorageReads;
import dev.cistern.proxy.internal.guard.UpstreamCalls;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.NoRoomException;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamManifest;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Manifests by digest: from memory, from storage, else fetched once for all who ask meanwhile. A
 * fetched manifest is answered before it is stored, and from memory until it is. Thread-safe.
 */
public final class Manifests {

  private record Key(RepositoryName repository, Digest digest) {}

  private final BoundedStore store;
  private final HotContent hot;
  private final StorageReads reads;
  private final TagLinks tagLinks;
  private final UpstreamCalls calls;
  private final DeclaredSizes sizes;
  private final Executor publishing;
  private final StorageFaults faults;
  private final SingleFlight<Key, Optional<StoredManifest>> looks = new SingleFlight<>();
  private final SingleFlight<Key, StoredManifest> fetches = new SingleFlight<>();
  private final ConcurrentHashMap<Key, StoredManifest> unpublished = new ConcurrentHashMap<>();

  /**
   * The manifests of one upstream.
   *
   * @param hot over the same store
   * @param sizes learn what manifests declare
   * @param publishing stores what was fetched; the one thread that {@code tagLinks} is used on
   */
  public Manifests(
      BoundedStore store,
      HotContent hot,
      StorageReads reads,
      TagLinks tagLinks,
      UpstreamCalls calls,
      DeclaredSizes sizes,
      Executor publishing,
      StorageFaults faults) {
    this.store = store;
    this.hot = hot;
    this.reads = reads;
    this.tagLinks = tagLinks;
    this.calls = calls;
    this.sizes = sizes;
    this.publishing = publishing;
    this.faults = faults;
  }

  /** What is here, without asking the upstream. Does not block. */
  public CompletionStage<Optional<StoredManifest>> cached(
      RepositoryName repository, Digest digest) {
    Key key = new Key(repository, digest);
    Optional<StoredManifest> known = inMemory(key);
    return known.isPresent()
        ? CompletableFuture.completedStage(known)
        : looks.join(key, () -> reads.look(() -> stored(key)));
  }

  private Optional<StoredManifest> inMemory(Key key) {
    StoredManifest waiting = unpublished.get(key);
    return waiting != null ? Optional.of(waiting) : hot.manifest(key.repository, key.digest);
  }

  /** As {@link #cached}, on a thread that may block on storage; a failing one has nothing. */
  Optional<StoredManifest> cachedNow(RepositoryName repository, Digest digest) {
    Key key = new Key(repository, digest);
    Optional<StoredManifest> known = inMemory(key);
    return known.isPresent() ? known : stored(key);
  }

  private Optional<StoredManifest> stored(Key key) {
    try {
      Optional<StoredManifest> manifest = store.manifest(key.repository, key.digest);
      if (manifest.isPresent()) {
        sizes.learn(manifest.get());
        hot.keep(key.repository, manifest.get());
      }
      return manifest;
    } catch (IOException e) {
      faults.report(
          StorageFault.READ, "Could not read manifest " + key.digest + " of " + key.repository, e);
      return Optional.empty();
    }
  }

  /** The manifest, from here or from the upstream. Does not block. */
  public CompletionStage<StoredManifest> byDigest(RepositoryName repository, Digest digest) {
    return cached(repository, digest)
        .thenCompose(
            known ->
                known
                    .<CompletionStage<StoredManifest>>map(CompletableFuture::completedStage)
                    .orElseGet(() -> fetchOnce(repository, digest)));
  }

  private CompletionStage<StoredManifest> fetchOnce(RepositoryName repository, Digest digest) {
    return fetches.join(
        new Key(repository, digest),
        () ->
            calls.start(
                upstream -> {
                  // An earlier flight may have landed between this caller's look and its start.
                  Optional<StoredManifest> landed = cachedNow(repository, digest);
                  return landed.isPresent() ? landed.get() : fetch(upstream, repository, digest);
                }));
  }

  /**
   * Gets a manifest from the upstream whatever is here, and keeps it. Blocks until it has come.
   *
   * @param reference a tag where the upstream does not say which digest it names
   */
  StoredManifest fetch(Upstream upstream, RepositoryName repository, Reference reference)
      throws RegistryException {
    UpstreamManifest fetched = upstream.manifest(repository, reference);
    StoredManifest manifest =
        new StoredManifest(fetched.digest(), fetched.mediaType(), fetched.body());
    sizes.learn(manifest);
    Key key = new Key(repository, manifest.digest());
    if (unpublished.putIfAbsent(key, manifest) == null) {
      try {
        publishing.execute(() -> publish(key, manifest));
      } catch (RejectedExecutionException e) {
        faults.report(
            StorageFault.WRITE,
            "Storage is too slow: manifest "
                + key.digest
                + " of "
                + key.repository
                + " is not kept",
            e);
        unpublished.remove(key, manifest);
      }
    }
    return manifest;
  }

  private void publish(Key key, StoredManifest manifest) {
    try {
      store.publishManifest(key.repository, manifest);
      hot.keep(key.repository, manifest);
      // From now on its uses are noted, which those of what waits here are not.
      unpublished.remove(key, manifest);
      tagLinks.manifestStored(key.repository, key.digest);
    } catch (IOException | RuntimeException e) {
      faults.report(
          e instanceof NoRoomException ? StorageFault.ROOM : StorageFault.WRITE,
          "Manifest " + key.digest + " of " + key.repository + " could not be stored",
          e);
    } finally {
      unpublished.remove(key, manifest);
    }
  }
}
