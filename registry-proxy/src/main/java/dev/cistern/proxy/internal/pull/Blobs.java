package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RangeSet;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.BlobSource;
import dev.cistern.proxy.internal.fetch.RangeFetches;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.UpstreamException;
import java.net.URI;
import java.util.Optional;
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

  /**
   * A request between its looks and fetches.
   *
   * @param hit the status of the answer if the blob is stored
   * @param looks how many are left
   */
  private record Ask(
      RepositoryName repository,
      Digest digest,
      Optional<RangeSet> ranges,
      CacheStatus hit,
      Requester requester,
      int looks) {

    static Ask whole(
        RepositoryName repository, Digest digest, CacheStatus hit, Requester requester) {
      return new Ask(repository, digest, Optional.empty(), hit, requester, MAX_LOOKS);
    }

    boolean isFirstLook() {
      return looks == MAX_LOOKS;
    }

    Ask again() {
      return new Ask(repository, digest, ranges, hit, requester, looks - 1);
    }
  }

  private final CachedBlobs cached;
  private final BlockingTasks reads;
  private final RepositorySizes declared;
  private final BlobFetches fetches;
  private final RangeFetches ranges;
  private final RelayedRanges relayed;
  private final RangeFetch rangeFetch;
  private final BlobSources sources;
  private final BlobHeads heads;
  private final Optional<SharedStore> shared;

  /**
   * The blobs of one upstream.
   *
   * @param reads looks into {@code cached}
   * @param declared the sizes that manifests declare
   * @param ranges fetch parts of blobs
   * @param rangeFetch whether to fetch only parts when only parts are asked for
   * @param shared gives out URLs of its blobs
   */
  Blobs(
      CachedBlobs cached,
      BlockingTasks reads,
      RepositorySizes declared,
      BlobFetches fetches,
      RangeFetches ranges,
      RangeFetch rangeFetch,
      BlobSources sources,
      BlobHeads heads,
      Optional<SharedStore> shared) {
    this.cached = cached;
    this.reads = reads;
    this.declared = declared;
    this.fetches = fetches;
    this.ranges = ranges;
    relayed = new RelayedRanges(ranges, declared);
    this.rangeFetch = rangeFetch;
    this.sources = sources;
    this.heads = heads;
    this.shared = shared;
  }

  /**
   * Opens a blob. Does not block.
   *
   * @return completes when the answer can begin; the caller closes the content
   */
  CompletionStage<BlobContent> open(RepositoryName repository, Digest digest, Requester requester) {
    return open(repository, digest, CacheStatus.Hit.BY_DIGEST, requester);
  }

  /**
   * As above.
   *
   * @param hit the status of the answer if the blob is stored
   */
  CompletionStage<BlobContent> open(
      RepositoryName repository, Digest digest, CacheStatus hit, Requester requester) {
    return open(Ask.whole(repository, digest, hit, requester));
  }

  /** As above, for ranges: nothing else of the content can be read where only they are fetched. */
  CompletionStage<BlobContent> open(
      RepositoryName repository,
      Digest digest,
      RangeSet wanted,
      CacheStatus hit,
      Requester requester) {
    return open(new Ask(repository, digest, Optional.of(wanted), hit, requester, MAX_LOOKS));
  }

  private CompletionStage<BlobContent> open(Ask ask) {
    Optional<BlobContent> known = cached.inMemory(ask.repository, ask.digest, ask.hit);
    if (known.isPresent()) {
      return CompletableFuture.completedStage(known.get());
    }
    // A blob that is being fetched is not in storage yet. When the fetch ends, it is.
    return fetches.isReadable(ask.repository, ask.digest) ? follow(ask) : startLook(ask);
  }

  /** Where a client can get a blob itself. Empty for one that is being fetched. */
  CompletionStage<Optional<URI>> url(RepositoryName repository, Digest digest) {
    return shared.isEmpty() || fetches.isInProgress(digest)
        ? CompletableFuture.completedStage(Optional.empty())
        : shared.get().blobUrl(repository, digest);
  }

  private CompletionStage<BlobContent> startLook(Ask ask) {
    return reads.startAndContinue(() -> look(ask));
  }

  private CompletionStage<BlobContent> look(Ask ask) {
    if (ask.looks == 0) {
      return CompletableFuture.failedStage(
          new RegistryException(
              ErrorCode.UNAVAILABLE,
              "Blob " + ask.digest + " was evicted while it was being opened; try again"));
    }
    Optional<CompletionStage<BlobContent>> stored = stored(ask, ask.hit);
    if (stored.isPresent()) {
      return stored.get();
    }
    if (!isCachedForOthers(ask)) {
      // For ranges: a fetch that starts now knows whether the size that the upstream says is right.
      declared.learnSizeOf(ask.repository, ask.digest);
      return ask.ranges.isPresent() && rangeFetch == RangeFetch.RELAY
          ? relay(ask, ask.ranges.get())
          : follow(ask);
    }
    // A transfer for this repository may have been published in the meantime.
    return stored(ask, ask.hit).orElseGet(() -> confirm(ask));
  }

  private Optional<CompletionStage<BlobContent>> stored(Ask ask, CacheStatus status) {
    return cached.open(ask.repository, ask.digest, status, () -> startLook(ask.again()));
  }

  private boolean isCachedForOthers(Ask ask) {
    return fetches.isInProgress(ask.digest)
        ? !fetches.isReadable(ask.repository, ask.digest)
        : ranges.isKeptForOthers(ask.repository, ask.digest) || cached.holds(ask.digest);
  }

  private CompletionStage<BlobContent> confirm(Ask ask) {
    return heads
        .confirm(ask.repository, ask.digest, ask.requester)
        .thenCompose(status -> reads.startAndContinue(() -> openConfirmed(ask, status)));
  }

  /** Opens a blob after the upstream has confirmed that the repository has it. */
  private CompletionStage<BlobContent> openConfirmed(Ask ask, CacheStatus status) {
    fetches.allowFollowing(ask.repository, ask.digest);
    if (ranges.allow(ask.repository, ask.digest)) {
      // Only parts are here: there is nothing yet to link to the repository.
      return startLook(ask.again());
    }
    Optional<CompletionStage<BlobContent>> linked =
        cached.link(ask.repository, ask.digest) ? stored(ask, status) : Optional.empty();
    return linked.orElseGet(() -> followSharedFetch(ask));
  }

  /**
   * Follows another repository's fetch. Its failure may concern that repository only: try again.
   */
  private CompletionStage<BlobContent> followSharedFetch(Ask ask) {
    return follow(ask)
        .handle(
            (content, failure) ->
                failure == null
                    ? CompletableFuture.completedStage(content)
                    : startLook(ask.again()))
        .thenCompose(Function.identity());
  }

  private CompletionStage<BlobContent> relay(Ask ask, RangeSet wanted) {
    return answered(
        ask,
        relayed.open(
            ask.repository,
            ask.digest,
            wanted,
            ask.requester,
            origin(ask),
            () -> heads.upstreamSize(ask.repository, ask.digest, ask.requester)));
  }

  private RangeFetches.Origin origin(Ask ask) {
    return new RangeFetches.Origin() {
      @Override
      public BlobSource source() {
        return sources.of(ask.repository, ask.digest);
      }

      @Override
      public TransferThreads threads() {
        return sources.threads(ask.repository, ask.digest, ask.requester);
      }

      @Override
      public CompletionStage<BlobContent> whole(Requester requester) {
        return open(ask.repository, ask.digest, requester);
      }
    };
  }

  private CompletionStage<BlobContent> follow(Ask ask) {
    // Fails at once, instead of waiting for a thread, when the upstream would not be asked anyway.
    Optional<UpstreamException> refusal =
        needsNoUpstream(ask.digest)
            ? Optional.empty()
            : sources.refusal(ask.repository, ask.digest);
    if (refusal.isPresent()) {
      // A fetch that was in progress when this looked into storage may have ended since.
      return ask.isFirstLook() && cached.isIndexed(ask.digest)
          ? startLook(ask.again())
          : CompletableFuture.failedStage(refusal.get());
    }
    if (ask.isFirstLook()) {
      sources.requested(ask.digest, ask.requester);
    }
    return answered(
        ask,
        fetches.follow(
            ask.repository,
            ask.digest,
            sources.of(ask.repository, ask.digest),
            sources.threads(ask.repository, ask.digest, ask.requester),
            ask.requester));
  }

  /**
   * Whether a fetch of the whole needs no upstream. In this order: a fetch that begins takes the
   * pieces.
   */
  private boolean needsNoUpstream(Digest digest) {
    return ranges.isComplete(digest) || fetches.isInProgress(digest);
  }

  /** Looks again where a fetch says so, by an empty answer. */
  private CompletionStage<BlobContent> answered(
      Ask ask, CompletionStage<Optional<BlobContent>> fetched) {
    return fetched
        .exceptionallyCompose(failure -> CompletableFuture.failedStage(about(ask, failure)))
        .thenCompose(
            content ->
                content.isPresent()
                    ? CompletableFuture.completedStage(content.get())
                    : startLook(ask.again()));
  }

  /** The fetch may belong to another repository, whose name this client must not see. */
  private static Throwable about(Ask ask, Throwable failure) {
    Throwable cause = StageFailure.cause(failure);
    return cause instanceof UpstreamException upstreams
        ? upstreams.about(Target.blob(ask.repository, ask.digest))
        : cause;
  }
}
