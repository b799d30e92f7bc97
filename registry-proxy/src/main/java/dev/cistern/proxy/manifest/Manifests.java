package dev.cistern.proxy.manifest;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.concurrent.SingleFlight;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamCalls;
import dev.cistern.proxy.upstream.UpstreamManifest;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manifests by digest: from storage, else fetched once for all who ask meanwhile. A fetched
 * manifest is answered before it is stored, and from memory until it is. Thread-safe.
 */
public final class Manifests {

  private static final Logger log = LoggerFactory.getLogger(Manifests.class);

  private record Key(RepositoryName repository, Digest digest) {}

  private final ContentStore store;
  private final TagLinks tagLinks;
  private final UpstreamCalls calls;
  private final Executor publishing;
  private final SingleFlight<Key, StoredManifest> fetches = new SingleFlight<>();
  private final ConcurrentHashMap<Key, StoredManifest> unpublished = new ConcurrentHashMap<>();

  /**
   * The manifests of one upstream.
   *
   * @param publishing stores what was fetched; the one thread that {@code tagLinks} is used on
   */
  public Manifests(
      ContentStore store, TagLinks tagLinks, UpstreamCalls calls, Executor publishing) {
    this.store = store;
    this.tagLinks = tagLinks;
    this.calls = calls;
    this.publishing = publishing;
  }

  /** What is here, without asking the upstream. Blocks on storage; a failing one has nothing. */
  public Optional<StoredManifest> cached(RepositoryName repository, Digest digest) {
    StoredManifest waiting = unpublished.get(new Key(repository, digest));
    if (waiting != null) {
      return Optional.of(waiting);
    }
    try {
      return store.manifest(repository, digest);
    } catch (IOException e) {
      log.warn("Could not read manifest {} of {}: {}", digest, repository, e.toString());
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
    Key key = new Key(repository, manifest.digest());
    if (unpublished.putIfAbsent(key, manifest) == null) {
      try {
        publishing.execute(() -> publish(key, manifest));
      } catch (RejectedExecutionException e) {
        log.warn("Storage is too slow: manifest {} of {} is not kept", key.digest, key.repository);
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
      log.error("Manifest {} of {} could not be stored", key.digest, key.repository, e);
    } finally {
      unpublished.remove(key, manifest);
    }
  }
}
