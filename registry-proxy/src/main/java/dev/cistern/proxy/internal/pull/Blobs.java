package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RangeSet;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInfo;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.cluster.Cluster;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.SingleFlight;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.BlobSource;
import dev.cistern.proxy.internal.fetch.RangeFetches;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Blobs by digest: from memory, from storage, from a transfer in progress, or by a new transfer.
 *
 * <p>All repositories share the bytes of a blob, but not the right to read them. A repository that
 * has not fetched a blob itself gets it only after the upstream has confirmed, by a HEAD request,
 * that this repository has the blob. Thread-safe.
 */
final class Blobs {

  // A blob may be published and evicted between two looks into storage, but not every time.
  private static final int MAX_LOOKS = 6;

  private record Key(RepositoryName repository, Digest digest) {}

  /** A request on its way through the looks and fetches. */
  private record Ask(Key key, Optional<RangeSet> ranges, Requester requester) {

    static Ask whole(Key key, Requester requester) {
      return new Ask(key, Optional.empty(), requester);
    }
  }

  private final Upstream upstream;
  private final ContentStore store;
  private final BoundedStore bounded;
  private final TornBlobs torn;
  private final RepositorySizes declared;
  private final HotContent hot;
  private final BlockingTasks reads;
  private final StorageFaults faults;
  private final BlobFetches fetches;
  private final RangeFetches ranges;
  private final RangeFetch rangeFetch;
  private final RelayedRanges relayed;
  private final UpstreamCalls calls;
  private final TransferThreads threads;
  private final TransferThreads peerThreads;
  private final Optional<SharedStore> shared;
  private final Optional<Cluster> cluster;
  private final SingleFlight<Key, OptionalLong> heads = new SingleFlight<>();
  private final SingleFlight<Key, OptionalLong> openings = new SingleFlight<>();

  /**
   * The blobs of one upstream.
   *
   * @param upstream where blobs are fetched from
   * @param store where blobs are linked to repositories
   * @param bounded the blobs in the same driver
   * @param declared the sizes that manifests declare
   * @param torn checks the blobs of {@code bounded}
   * @param hot the blobs of {@code bounded} that are in memory
   * @param ranges fetch parts of blobs
   * @param rangeFetch whether to fetch only parts when only parts are asked for
   * @param threads fetch blobs
   * @param peerThreads fetch blobs from other caches of the cluster
   * @param calls makes all other requests to the upstream
   * @param shared where blobs are looked for before the upstream
   * @param cluster the caches that {@code upstream} asks first
   */
  Blobs(
      Upstream upstream,
      ContentStore store,
      BoundedStore bounded,
      TornBlobs torn,
      RepositorySizes declared,
      HotContent hot,
      BlockingTasks reads,
      BlobFetches fetches,
      RangeFetches ranges,
      RangeFetch rangeFetch,
      UpstreamCalls calls,
      TransferThreads threads,
      TransferThreads peerThreads,
      Optional<SharedStore> shared,
      Optional<Cluster> cluster,
      StorageFaults faults) {
    this.peerThreads = peerThreads;
    this.cluster = cluster;
    this.shared = shared;
    this.upstream = upstream;
    this.store = store;
    this.bounded = bounded;
    this.torn = torn;
    this.declared = declared;
    this.hot = hot;
    this.reads = reads;
    this.faults = faults;
    this.fetches = fetches;
    this.ranges = ranges;
    this.rangeFetch = rangeFetch;
    relayed = new RelayedRanges(ranges, declared);
    this.calls = calls;
    this.threads = threads;
  }

  /**
   * Opens a blob. Does not block.
   *
   * @return completes when the answer can begin; the caller closes the content
   */
  CompletionStage<BlobContent> open(RepositoryName repository, Digest digest, Requester requester) {
    Optional<BlobContent> known = hot.blob(repository, digest);
    if (known.isPresent()) {
      return CompletableFuture.completedStage(known.get());
    }
    return open(Ask.whole(new Key(repository, digest), requester));
  }

  /** As above, for ranges: nothing else of the content can be read where only they are fetched. */
  CompletionStage<BlobContent> open(
      RepositoryName repository, Digest digest, RangeSet wanted, Requester requester) {
    Optional<BlobContent> known = hot.blob(repository, digest);
    return known.isPresent()
        ? CompletableFuture.completedStage(known.get())
        : open(new Ask(new Key(repository, digest), Optional.of(wanted), requester));
  }

  private CompletionStage<BlobContent> open(Ask ask) {
    // A blob that is being fetched is not in storage yet. When the fetch ends, it is.
    return fetches.isReadable(ask.key.repository, ask.key.digest)
        ? follow(ask, MAX_LOOKS)
        : open(ask, MAX_LOOKS);
  }

  /** Whether another cache of the cluster fetches a blob. */
  boolean isElsewhere(RepositoryName repository, Digest digest) {
    return cluster.isPresent() && cluster.get().isElsewhere(target(new Key(repository, digest)));
  }

  /** Where a client can get a blob itself. Empty for one that is being fetched. */
  CompletionStage<Optional<URI>> url(RepositoryName repository, Digest digest) {
    return shared.isEmpty() || fetches.isInProgress(digest)
        ? CompletableFuture.completedStage(Optional.empty())
        : shared.get().blobUrl(repository, digest);
  }

  private CompletionStage<BlobContent> open(Ask ask, int looks) {
    return reads.startAndContinue(() -> look(ask, looks));
  }

  private CompletionStage<BlobContent> look(Ask ask, int looks) {
    if (looks == 0) {
      return CompletableFuture.failedStage(
          new RegistryException(
              ErrorCode.UNAVAILABLE,
              "Blob " + ask.key.digest + " was evicted while it was being opened; try again"));
    }
    Optional<CompletionStage<BlobContent>> stored = stored(ask, looks, CacheStatus.Hit.BY_DIGEST);
    if (stored.isPresent()) {
      return stored.get();
    }
    if (!isCachedForOthers(ask.key)) {
      // For ranges: a fetch that starts now knows whether the size that it is told is right.
      declared.learnSizeOf(ask.key.repository, ask.key.digest);
      return ask.ranges.isPresent() && rangeFetch == RangeFetch.RELAY
          ? relay(ask, ask.ranges.get(), looks)
          : follow(ask, looks);
    }
    // A transfer for this repository may have been published in the meantime.
    return stored(ask, looks, CacheStatus.Hit.BY_DIGEST).orElseGet(() -> confirm(ask, looks));
  }

  /** Finds out whether the repository has the blob: from the shared store, or the upstream. */
  private CompletionStage<BlobContent> confirm(Ask ask, int looks) {
    if (shared.isEmpty()) {
      return confirmByUpstream(ask, looks);
    }
    return shared
        .get()
        .blobSize(ask.key.repository, ask.key.digest)
        .thenCompose(
            size ->
                size.isPresent()
                    ? reads.startAndContinue(
                        () -> openConfirmed(ask, looks, CacheStatus.Hit.BY_DIGEST))
                    : confirmByUpstream(ask, looks));
  }

  private CompletionStage<BlobContent> confirmByUpstream(Ask ask, int looks) {
    WaitTime waiting = WaitTime.start(upstream.name());
    return head(ask.key, ask.requester)
        .exceptionallyCompose(
            failure ->
                isLimit(failure)
                    ? openBriefly(ask.key, ask.requester)
                    : CompletableFuture.failedStage(failure))
        .thenCompose(
            size ->
                reads.startAndContinue(
                    () ->
                        openConfirmed(ask, looks, new CacheStatus.Confirmed(waiting.answered()))));
  }

  /** Opens a blob after the upstream has confirmed that the repository has it. */
  private CompletionStage<BlobContent> openConfirmed(Ask ask, int looks, CacheStatus status) {
    fetches.allowFollowing(ask.key.repository, ask.key.digest);
    if (ranges.allow(ask.key.repository, ask.key.digest)) {
      // Only parts are here: there is nothing yet to link to the repository.
      return open(ask, looks - 1);
    }
    Optional<CompletionStage<BlobContent>> linked =
        link(ask.key) ? stored(ask, looks, status) : Optional.empty();
    if (linked.isPresent()) {
      return linked.get();
    }
    return followSharedFetch(ask, looks);
  }

  private CompletionStage<BlobContent> relay(Ask ask, RangeSet wanted, int looks) {
    Key key = ask.key;
    return relayed
        .open(
            key.repository,
            key.digest,
            wanted,
            ask.requester,
            origin(ask),
            () -> head(key, ask.requester))
        .exceptionallyCompose(failure -> CompletableFuture.failedStage(about(key, failure)))
        .thenCompose(content -> orAgain(content, ask, looks));
  }

  private RangeFetches.Origin origin(Ask ask) {
    Key key = ask.key;
    return new RangeFetches.Origin() {
      @Override
      public BlobSource source() {
        return Blobs.this.source(key);
      }

      @Override
      public TransferThreads threads() {
        return threadsFor(ask);
      }

      @Override
      public CompletionStage<BlobContent> whole(Requester requester) {
        return open(Ask.whole(key, requester));
      }
    };
  }

  private BlobSource source(Key key) {
    return new BlobOrigin(upstream, key.repository, key.digest, declared, shared, cluster);
  }

  private TransferThreads threadsFor(Ask ask) {
    boolean elsewhere =
        !ask.requester.isPeer()
            && cluster.isPresent()
            && cluster.get().isElsewhere(target(ask.key));
    return elsewhere ? peerThreads : threads;
  }

  private CompletionStage<BlobContent> orAgain(Optional<BlobContent> content, Ask ask, int looks) {
    return content
        .<CompletionStage<BlobContent>>map(CompletableFuture::completedStage)
        .orElseGet(() -> open(ask, looks - 1));
  }

  private CompletionStage<BlobContent> follow(Ask ask, int looks) {
    Key key = ask.key;
    // Fails at once, instead of waiting for a thread, when the upstream would not be asked anyway.
    Optional<UpstreamException> refusal =
        needsNoUpstream(key.digest) || isSharedAsked()
            ? Optional.empty()
            : upstream.refusal(target(key));
    if (refusal.isPresent()) {
      // A fetch that was in progress when this looked into storage may have ended since.
      return looks == MAX_LOOKS && bounded.isIndexed(key.digest)
          ? open(ask, looks - 1)
          : CompletableFuture.failedStage(refusal.get());
    }
    boolean forPeer = ask.requester.isPeer();
    if (cluster.isPresent() && !forPeer && looks == MAX_LOOKS) {
      cluster.get().asked(key.digest);
      if (ask.requester.requestsAll()) {
        // It is brought here on purpose, so keep it.
        cluster.get().asked(key.digest);
      }
    }
    return fetches
        .follow(key.repository, key.digest, source(key), threadsFor(ask), ask.requester)
        .exceptionallyCompose(failure -> CompletableFuture.failedStage(about(key, failure)))
        .thenCompose(content -> orAgain(content, ask, looks));
  }

  /**
   * Whether a fetch of the whole needs no upstream. In this order: a fetch that begins takes the
   * pieces.
   */
  private boolean needsNoUpstream(Digest digest) {
    return ranges.isComplete(digest) || fetches.isInProgress(digest);
  }

  private boolean isSharedAsked() {
    return shared.isPresent() && !shared.get().isFailing();
  }

  /** The fetch may belong to another repository, whose name this client must not see. */
  private static Throwable about(Key key, Throwable failure) {
    Throwable cause = StageFailure.cause(failure);
    return cause instanceof UpstreamException upstreams ? upstreams.about(target(key)) : cause;
  }

  private static Target target(Key key) {
    return Target.blob(key.repository, key.digest);
  }

  /**
   * Follows another repository's fetch. Its failure may concern that repository only: try again.
   */
  private CompletionStage<BlobContent> followSharedFetch(Ask ask, int looks) {
    return follow(ask, looks)
        .handle(
            (content, failure) ->
                failure == null ? CompletableFuture.completedStage(content) : open(ask, looks - 1))
        .thenCompose(Function.identity());
  }

  private Optional<CompletionStage<BlobContent>> stored(Ask ask, int looks, CacheStatus status) {
    Key key = ask.key;
    try {
      Optional<StoredBlob> blob = bounded.blob(key.repository, key.digest);
      return blob.isPresent()
          ? Optional.of(opened(ask, blob.get(), looks, status))
          : Optional.empty();
    } catch (IOException e) {
      faults.report(
          StorageFault.READ, "Could not read blob " + key.digest + " of " + key.repository, e);
      return Optional.empty();
    }
  }

  private CompletionStage<BlobContent> opened(
      Ask ask, StoredBlob blob, int looks, CacheStatus status) throws IOException {
    boolean cacheable = hot.isCacheable(blob);
    // A blob that is read into memory is hashed there.
    boolean suspect = cacheable ? torn.isSuspect(blob) : torn.isUnproven(ask.key.repository, blob);
    if (!suspect && !cacheable) {
      return CompletableFuture.completedStage(new StoredContent(blob, status));
    }
    Optional<BlobContent> inMemory = suspect ? Optional.empty() : load(ask.key, blob);
    return inMemory
        .<CompletionStage<BlobContent>>map(CompletableFuture::completedStage)
        .orElseGet(() -> torn.verify(blob).thenCompose(right -> open(ask, looks - 1)));
  }

  /** Reads a small blob, and closes it unless its bytes are wrong. Empty when they are. */
  private Optional<BlobContent> load(Key key, StoredBlob blob) throws IOException {
    boolean wrong = false;
    try {
      Optional<BlobContent> content = hot.load(key.repository, blob);
      wrong = content.isEmpty();
      return content;
    } finally {
      if (!wrong) {
        blob.close();
      }
    }
  }

  private boolean isCachedForOthers(Key key) {
    try {
      return fetches.isInProgress(key.digest)
          ? !fetches.isReadable(key.repository, key.digest)
          : ranges.isKeptForOthers(key.repository, key.digest) || bounded.holds(key.digest);
    } catch (IOException e) {
      faults.report(StorageFault.READ, "Could not look for blob " + key.digest, e);
      return false;
    }
  }

  private boolean link(Key key) {
    try {
      store.link(key.repository, key.digest);
      bounded.linked(key.repository, key.digest);
      return true;
    } catch (IOException e) {
      faults.report(
          StorageFault.WRITE, "Could not link blob " + key.digest + " to " + key.repository, e);
      return false;
    }
  }

  /** The size of a blob, from the cache or the upstream. Fetches no blob. Does not block. */
  CompletionStage<BlobInfo> info(RepositoryName repository, Digest digest, Requester requester) {
    Optional<BlobContent> known = hot.blob(repository, digest);
    if (known.isPresent()) {
      return CompletableFuture.completedStage(
          new BlobInfo(known.get().size(), CacheStatus.Hit.BY_DIGEST));
    }
    OptionalLong unpublished = fetches.sizeOfUnpublished(repository, digest);
    if (unpublished.isPresent()) {
      return CompletableFuture.completedStage(new BlobInfo(unpublished, CacheStatus.Hit.BY_DIGEST));
    }
    Key key = new Key(repository, digest);
    WaitTime waiting = WaitTime.start(upstream.name());
    // A check is in progress only when the blob was not in storage a moment ago.
    return heads
        .joinRunning(key, requester)
        .map(size -> size.thenApply(found -> checked(found, waiting)))
        .orElseGet(() -> reads.startAndContinue(() -> info(Ask.whole(key, requester), waiting)));
  }

  private static BlobInfo checked(OptionalLong size, WaitTime waiting) {
    return new BlobInfo(size, new CacheStatus.Miss(waiting.answered(), Set.of()));
  }

  private CompletionStage<BlobInfo> info(Ask ask, WaitTime waiting) {
    Key key = ask.key;
    try {
      Optional<StoredBlob> stored = bounded.look(key.repository, key.digest);
      if (stored.isPresent()) {
        StoredBlob blob = stored.get();
        BlobInfo cached = new BlobInfo(OptionalLong.of(blob.size()), CacheStatus.Hit.BY_DIGEST);
        if (torn.isUnproven(key.repository, blob)) {
          return torn.verify(blob)
              .thenCompose(
                  right -> right ? CompletableFuture.completedStage(cached) : check(ask, waiting));
        }
        blob.close();
        return CompletableFuture.completedStage(cached);
      }
    } catch (IOException e) {
      faults.report(
          StorageFault.READ, "Could not look for blob " + key.digest + " of " + key.repository, e);
    }
    return shared.isEmpty() ? check(ask, waiting) : sharedInfo(ask, waiting, shared.get());
  }

  private CompletionStage<BlobInfo> sharedInfo(Ask ask, WaitTime waiting, SharedStore store) {
    return store
        .blobSize(ask.key.repository, ask.key.digest)
        .thenCompose(
            size ->
                size.isPresent()
                    ? CompletableFuture.completedStage(
                        new BlobInfo(size, CacheStatus.Hit.BY_DIGEST))
                    : check(ask, waiting));
  }

  private CompletionStage<BlobInfo> check(Ask ask, WaitTime waiting) {
    return head(ask.key, ask.requester).thenApply(size -> checked(size, waiting));
  }

  private CompletionStage<OptionalLong> head(Key key, Requester requester) {
    return heads
        .join(
            key,
            requester,
            interest ->
                calls.start(
                    Target.blobHead(key.repository, key.digest),
                    interest,
                    registry -> registry.headBlob(key.repository, key.digest)))
        .result();
  }

  private static boolean isLimit(Throwable failure) {
    return StageFailure.cause(failure) instanceof RegistryException cause
        && cause.code() == ErrorCode.TOOMANYREQUESTS;
  }

  /** Asks by GET, which a 429 to HEAD says nothing about. The bytes are not wanted. */
  private CompletionStage<OptionalLong> openBriefly(Key key, Requester requester) {
    return openings
        .join(
            key,
            requester,
            interest ->
                calls.start(
                    target(key),
                    interest,
                    registry -> {
                      try (UpstreamBlob blob =
                          registry.blob(key.repository, key.digest, ResumePoint.START)) {
                        blob.cancel();
                        return blob.totalLength();
                      }
                    }))
        .result();
  }
}
