package dev.cistern.proxy.manifest;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.concurrent.SingleFlight;
import dev.cistern.proxy.evict.BoundedStore;
import dev.cistern.proxy.evict.NoRoomException;
import dev.cistern.proxy.fault.StorageFaults;
import dev.cistern.proxy.torn.DeclaredSizes;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamCalls;
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
 * Manifests by digest: from storage, else fetched once for all who ask meanwhile. A fetched
 * manifest is answered before it is stored, and from memory until it is. Thread-safe.
 */
public final class Manifests {

  private record Key(RepositoryName repository, Digest digest) {}

  private final BoundedStore store;
  private final TagLinks tagLinks;
  private final UpstreamCalls calls;
  private final DeclaredSizes sizes;
  private final Executor publishing;
  private final StorageFaults faults;
  private final SingleFlight<Key, StoredManifest> fetches = new SingleFlight<>();
  private final ConcurrentHashMap<Key, StoredManifest> unpublished = new ConcurrentHashMap<>();

  /**
   * The manifests of one upstream.
   *
   * @param sizes learn what manifests declare
   * @param publishing stores what was fetched; the one thread that {@code tagLinks} is used on
   */
  public Manifests(
      BoundedStore store,
      TagLinks tagLinks,
      UpstreamCalls calls,
      DeclaredSizes sizes,
      Executor publishing,
      StorageFaults faults) {
    this.store = store;
    this.tagLinks = tagLinks;
    this.calls = calls;
    this.sizes = sizes;
    this.publishing = publishing;
    this.faults = faults;
  }

  /** What is here, without asking the upstream. Blocks on storage; a failing one has nothing. */
  public Optional<StoredManifest> cached(RepositoryName repository, Digest digest) {
    StoredManifest waiting = unpublished.get(new Key(repository, digest));
    if (waiting != null) {
      return Optional.of(waiting);
    }
    try {
      Optional<StoredManifest> stored = store.manifest(repository, digest);
      stored.ifPresent(sizes::learn);
      return stored;
    } catch (IOException e) {
      faults.report(
          StorageFaults.Kind.READ, "Could not read manifest " + digest + " of " + repository, e);
      return Optional.empty();
    }
  }

  /** The manifest, from here or from the upstream. Blocks on storage, not on the upstream. */
  public CompletionStage<StoredManifest> byDigest(RepositoryName repository, Digest digest) {
    return cached(repository, digest)
        .<CompletionStage<StoredManifest>>map(CompletableFuture::completedStage)
        .orElseGet(() -> fetchOnce(repository, digest));
  }

  private CompletionStage<StoredManifest> fetchOnce(RepositoryName repository, Digest digest) {
    return fetches.join(
        new Key(repository, digest),
        () ->
            calls.start(
                upstream -> {
                  // An earlier flight may have landed between this caller's look and its start.
                  Optional<StoredManifest> landed = cached(repository, digest);
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
            StorageFaults.Kind.WRITE,
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
      tagLinks.manifestStored(key.repository, key.digest);
    } catch (IOException | RuntimeException e) {
      faults.report(
          e instanceof NoRoomException ? StorageFaults.Kind.ROOM : StorageFaults.Kind.WRITE,
          "Manifest " + key.digest + " of " + key.repository + " could not be stored",
          e);
    } finally {
      unpublished.remove(key, manifest);
    }
  }
}
