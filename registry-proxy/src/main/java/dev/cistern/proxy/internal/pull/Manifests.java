package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.Flight;
import dev.cistern.proxy.internal.concurrent.Flight.Role;
import dev.cistern.proxy.internal.concurrent.Rejection;
import dev.cistern.proxy.internal.concurrent.SingleFlight;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.MemoryShortage;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.internal.memory.NoMemoryException;
import dev.cistern.proxy.internal.memory.PooledCache;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.NoRoomException;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamManifest;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manifests by digest: from memory, from storage, or fetched once for all requests that come in the
 * meantime. A fetched manifest is answered before it is stored, and from memory until then.
 * Thread-safe.
 */
final class Manifests {

  private static final Logger log = LoggerFactory.getLogger(Manifests.class);

  private record Key(RepositoryName repository, Digest digest) {}

  private final BoundedStore store;
  private final HotContent hot;
  private final BlockingTasks reads;
  private final TagLinks tagLinks;
  private final UpstreamCalls calls;
  private final DeclaredSizes sizes;
  private final Executor publishing;
  private final Semaphore room;
  private final Optional<SharedStore> shared;
  private final StorageFaults faults;
  private final SingleFlight<Key, Optional<StoredManifest>> looks = new SingleFlight<>();
  private final SingleFlight<Key, Optional<StoredManifest>> sharedLooks = new SingleFlight<>();
  private final SingleFlight<Key, StoredManifest> fetches = new SingleFlight<>();
  private final ConcurrentHashMap<Key, StoredManifest> unpublished = new ConcurrentHashMap<>();

  /** For each digest, the tag that the upstream last said names it. */
  private final PooledCache<Key, Tag> names =
      new PooledCache<>(
          (key, tag) -> Bytes.of(key.repository) + Bytes.DIGEST + Bytes.of(tag.value()));

  /**
   * The manifests of one upstream.
   *
   * @param hot the manifests of {@code store} that are in memory
   * @param sizes gets the sizes that manifests declare
   * @param publishing stores fetched manifests; the only thread that uses {@code tagLinks}
   * @param room for small manifests that wait to be stored, in KiB; large ones count elsewhere
   * @param shared where manifests are looked for before the upstream
   */
  Manifests(
      BoundedStore store,
      HotContent hot,
      BlockingTasks reads,
      TagLinks tagLinks,
      UpstreamCalls calls,
      DeclaredSizes sizes,
      Executor publishing,
      Semaphore room,
      Optional<SharedStore> shared,
      StorageFaults faults) {
    this.shared = shared;
    this.room = room;
    this.store = store;
    this.hot = hot;
    this.reads = reads;
    this.tagLinks = tagLinks;
    this.calls = calls;
    this.sizes = sizes;
    this.publishing = publishing;
    this.faults = faults;
  }

  /** The cached manifest, without asking the upstream. Does not block. */
  CompletionStage<Optional<StoredManifest>> cached(RepositoryName repository, Digest digest) {
    Key key = new Key(repository, digest);
    Optional<StoredManifest> known = inMemory(key);
    return known.isPresent()
        ? CompletableFuture.completedStage(known)
        : looks
            .join(key, () -> PatientReads.OF_HEAP.start(() -> reads.start(() -> stored(key))))
            .result();
  }

  private Optional<StoredManifest> inMemory(Key key) {
    StoredManifest waiting = unpublished.get(key);
    if (waiting == null) {
      return hot.manifest(key.repository, key.digest);
    }
    // It may have been stored just now, or be stored for another repository: then this is a use.
    store.usedFromMemory(key.digest);
    return Optional.of(waiting);
  }

  /** As {@link #cached}, but blocks on storage. Empty when storage fails. */
  Optional<StoredManifest> cachedNow(RepositoryName repository, Digest digest)
      throws MemoryShortage {
    Key key = new Key(repository, digest);
    Optional<StoredManifest> known = inMemory(key);
    return known.isPresent() ? known : stored(key);
  }

  /** As {@link #cachedNow}, and looks into the shared store, if there is one. */
  Optional<StoredManifest> anywhereNow(RepositoryName repository, Digest digest)
      throws MemoryShortage {
    Optional<StoredManifest> here = cachedNow(repository, digest);
    return here.isPresent() || shared.isEmpty()
        ? here
        : shared
            .get()
            .manifestNow(repository, digest)
            .map(manifest -> keep(new Key(repository, digest), manifest));
  }

  private CompletionStage<Optional<StoredManifest>> anywhere(
      RepositoryName repository, Digest digest) {
    CompletionStage<Optional<StoredManifest>> here = cached(repository, digest);
    if (shared.isEmpty()) {
      return here;
    }
    Key key = new Key(repository, digest);
    return here.thenCompose(
        stored ->
            stored.isPresent()
                ? CompletableFuture.completedStage(stored)
                : sharedLooks
                    .join(key, () -> shared.get().manifest(repository, digest))
                    .result()
                    .thenApply(found -> found.map(manifest -> keep(key, manifest))));
  }

  private Optional<StoredManifest> stored(Key key) throws MemoryShortage {
    try {
      Optional<StoredManifest> manifest = store.manifest(key.repository, key.digest);
      if (manifest.isPresent()) {
        sizes.learn(manifest.get());
        hot.keep(key.repository, manifest.get());
      }
      return manifest;
    } catch (NoMemoryException e) {
      throw new MemoryShortage("Cannot read manifest " + key.digest + " of " + key.repository, e);
    } catch (IOException e) {
      faults.report(
          StorageFault.READ, "Could not read manifest " + key.digest + " of " + key.repository, e);
      return Optional.empty();
    }
  }

  /** The manifest, from the cache or from the upstream. Does not block. */
  CompletionStage<ManifestContent> byDigest(
      RepositoryName repository, Digest digest, Requester requester) {
    Optional<StoredManifest> known = inMemory(new Key(repository, digest));
    return known.isPresent()
        ? CompletableFuture.completedStage(content(known.get(), CacheStatus.Hit.BY_DIGEST))
        : anywhere(repository, digest)
            .thenCompose(
                stored ->
                    stored.isPresent()
                        ? CompletableFuture.completedStage(
                            content(stored.get(), CacheStatus.Hit.BY_DIGEST))
                        : fetchOnce(repository, digest, requester));
  }

  static ManifestContent content(StoredManifest manifest, CacheStatus status) {
    return new ManifestContent(manifest.digest(), manifest.mediaType(), manifest.body(), status);
  }

  private CompletionStage<ManifestContent> fetchOnce(
      RepositoryName repository, Digest digest, Requester requester) {
    WaitTime waiting = WaitTime.start(calls.upstream().name());
    Flight<StoredManifest> flight =
        fetches.join(
            new Key(repository, digest),
            requester,
            interest ->
                calls.start(
                    Target.manifest(repository, digest),
                    interest,
                    upstream -> {
                      // An earlier fetch may have ended after this request looked for the manifest.
                      Optional<StoredManifest> ended = cachedNow(repository, digest);
                      return ended.isPresent()
                          ? ended.get()
                          : fetchAnyWay(upstream, repository, digest);
                    }));
    return flight
        .result()
        .thenApply(manifest -> content(manifest, fetched(waiting.answered(), flight.role())));
  }

  /** Remembers that the upstream has just said that a tag names this manifest. */
  void named(RepositoryName repository, Digest digest, Tag tag) {
    names.put(new Key(repository, digest), tag);
  }

  /**
   * Fetches a manifest by its digest, or by a tag that names it: registries exist that have it by
   * tag only. The tag's manifest is as good as long as it has the digest.
   */
  private StoredManifest fetchAnyWay(Upstream upstream, RepositoryName repository, Digest digest)
      throws RegistryException {
    try {
      return fetch(upstream, repository, digest);
    } catch (UpstreamException e) {
      Tag tag = names.get(new Key(repository, digest));
      if (tag == null || e.kind() != UpstreamException.Kind.ABSENT) {
        throw e;
      }
      return byTag(upstream, repository, tag)
          .filter(manifest -> manifest.digest().equals(digest))
          .orElseThrow(() -> e);
    }
  }

  /** Empty when the tag fails too: then the first failure is the answer. */
  private Optional<StoredManifest> byTag(Upstream upstream, RepositoryName repository, Tag tag) {
    try {
      return Optional.of(fetch(upstream, repository, tag));
    } catch (RegistryException e) {
      log.debug("Could not get the manifest by its tag {} of {} either", tag, repository, e);
      return Optional.empty();
    }
  }

  private static CacheStatus fetched(Forward asked, Role role) {
    return new CacheStatus.Miss(
        asked, role == Role.LEADER ? Set.of(Trait.STORED) : Set.of(Trait.STORED, Trait.COLLAPSED));
  }

  /**
   * Fetches a manifest from the upstream even if it is cached, and stores it. Blocks until the
   * manifest is received.
   *
   * @param reference a digest; or a tag when the upstream does not answer which digest it names
   */
  StoredManifest fetch(Upstream upstream, RepositoryName repository, Reference reference)
      throws RegistryException {
    UpstreamManifest fetched = upstream.manifest(repository, reference);
    StoredManifest manifest =
        new StoredManifest(fetched.digest(), fetched.mediaType(), fetched.body());
    return keep(new Key(repository, manifest.digest()), manifest);
  }

  /** Stores a manifest that was fetched, in the background, and answers with it until then. */
  private StoredManifest keep(Key key, StoredManifest manifest) {
    sizes.learn(manifest);
    if (unpublished.putIfAbsent(key, manifest) == null) {
      int kib = manifest.size() > MetadataMemory.FREE ? 0 : manifest.size() / 1024 + 1;
      if (!room.tryAcquire(kib)) {
        drop(key, manifest, Rejection.full(unpublished.size()));
        return manifest;
      }
      try {
        publishing.execute(() -> publish(key, manifest, kib));
      } catch (RejectedExecutionException e) {
        room.release(kib);
        drop(key, manifest, e);
      }
    }
    return manifest;
  }

  private void drop(Key key, StoredManifest manifest, RejectedExecutionException cause) {
    faults.report(
        StorageFault.WRITE,
        "Too many manifests are waiting to be stored: manifest "
            + key.digest
            + " of "
            + key.repository
            + " is not cached and will be fetched again",
        cause);
    unpublished.remove(key, manifest);
  }

  private void publish(Key key, StoredManifest manifest, int kib) {
    try {
      store.publishManifest(key.repository, manifest);
      hot.keep(key.repository, manifest);
      // From now on HotContent answers, which reports uses to the store.
      unpublished.remove(key, manifest);
      tagLinks.manifestStored(key.repository, key.digest);
    } catch (IOException | RuntimeException e) {
      faults.report(
          e instanceof NoRoomException ? StorageFault.ROOM : StorageFault.WRITE,
          "Manifest "
              + key.digest
              + " of "
              + key.repository
              + " could not be stored and will be fetched again",
          e);
    } finally {
      unpublished.remove(key, manifest);
      room.release(kib);
    }
  }
}
