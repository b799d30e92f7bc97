package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInfo;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Hit;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.SingleFlight;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.RangeFetches;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Whether a repository has a blob, and its size: from the cache, from the shared store, or by one
 * request to the upstream for all who ask at the same time. Fetches no blob. No method blocks.
 * Thread-safe.
 */
final class BlobHeads {

  private record Key(RepositoryName repository, Digest digest) {}

  private final CachedBlobs cached;
  private final BlockingTasks reads;
  private final BlobFetches fetches;
  private final Optional<RangeFetches> parts;
  private final Optional<SharedStore> shared;
  private final UpstreamCalls calls;
  private final SingleFlight<Key, OptionalLong> heads = new SingleFlight<>();
  private final SingleFlight<Key, OptionalLong> openings = new SingleFlight<>();

  /**
   * The answers for one upstream.
   *
   * @param reads looks into {@code cached}
   * @param fetches the blobs that are not yet in {@code cached}
   * @param parts the blobs of which only parts are fetched, if that is so for this upstream
   * @param shared where blobs are looked for before the upstream
   */
  BlobHeads(
      CachedBlobs cached,
      BlockingTasks reads,
      BlobFetches fetches,
      Optional<RangeFetches> parts,
      Optional<SharedStore> shared,
      UpstreamCalls calls) {
    this.cached = cached;
    this.reads = reads;
    this.fetches = fetches;
    this.parts = parts;
    this.shared = shared;
    this.calls = calls;
  }

  /** Answers a HEAD request of a client. */
  CompletionStage<BlobInfo> info(RepositoryName repository, Digest digest, Requester requester) {
    Optional<BlobContent> known = cached.inMemory(repository, digest, CacheStatus.Hit.BY_DIGEST);
    if (known.isPresent()) {
      return CompletableFuture.completedStage(new BlobInfo(known.get().size(), Hit.BY_DIGEST));
    }
    OptionalLong unpublished = fetches.sizeOfUnpublished(repository, digest);
    if (unpublished.isPresent()) {
      return CompletableFuture.completedStage(new BlobInfo(unpublished, Hit.BY_DIGEST));
    }
    Key key = new Key(repository, digest);
    WaitTime waiting = waiting();
    // A request is in progress only when the blob was not in storage a moment ago.
    return heads
        .joinRunning(key, requester)
        .map(size -> size.thenApply(found -> missed(found, waiting)))
        .orElseGet(() -> look(key, requester));
  }

  private CompletionStage<BlobInfo> look(Key key, Requester requester) {
    return reads
        .startAndContinue(() -> cached.size(key.repository, key.digest))
        .thenCompose(
            size ->
                size.isPresent()
                    ? CompletableFuture.completedStage(size)
                    : sharedSize(key.repository, key.digest))
        .thenApply(size -> size.isPresent() ? size : sizeOfParts(key))
        .thenCompose(
            size ->
                size.isPresent()
                    ? CompletableFuture.completedStage(new BlobInfo(size, Hit.BY_DIGEST))
                    : ask(key, requester));
  }

  /**
   * Clients of parts ask for the size first, and get it as they get the parts that are here:
   * without the upstream.
   */
  private OptionalLong sizeOfParts(Key key) {
    return parts.isPresent()
        ? parts.get().sizeFor(key.repository, key.digest)
        : OptionalLong.empty();
  }

  private CompletionStage<BlobInfo> ask(Key key, Requester requester) {
    WaitTime waiting = waiting();
    return head(key, requester).thenApply(size -> missed(size, waiting));
  }

  private static BlobInfo missed(OptionalLong size, WaitTime waiting) {
    return new BlobInfo(size, new CacheStatus.Miss(waiting.answered(), Set.of()));
  }

  /**
   * Finds out whether a repository may read a blob that was fetched for another one.
   *
   * @return completes with how it was confirmed, and fails when it was not
   */
  CompletionStage<CacheStatus> confirm(
      RepositoryName repository, Digest digest, Requester requester) {
    return sharedSize(repository, digest)
        .thenCompose(
            size ->
                size.isPresent()
                    ? CompletableFuture.completedStage(Hit.BY_DIGEST)
                    : confirmByUpstream(new Key(repository, digest), requester));
  }

  private CompletionStage<CacheStatus> confirmByUpstream(Key key, Requester requester) {
    WaitTime waiting = waiting();
    return head(key, requester)
        .exceptionallyCompose(
            failure ->
                isLimit(failure)
                    ? openBriefly(key, requester)
                    : CompletableFuture.failedStage(failure))
        .thenApply(size -> new CacheStatus.Confirmed(waiting.answered()));
  }

  /** The size of a blob by a HEAD request to the upstream; empty if the answer has none. */
  CompletionStage<OptionalLong> upstreamSize(
      RepositoryName repository, Digest digest, Requester requester) {
    return head(new Key(repository, digest), requester);
  }

  private CompletionStage<OptionalLong> sharedSize(RepositoryName repository, Digest digest) {
    return shared.isPresent()
        ? shared.get().blobSize(repository, digest)
        : CompletableFuture.completedStage(OptionalLong.empty());
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
                    Target.blob(key.repository, key.digest),
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

  private WaitTime waiting() {
    return WaitTime.start(calls.upstream().name());
  }
}
