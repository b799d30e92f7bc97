package dev.cistern.proxy.internal.pull;

import dev.cistern.api.ByteRange;
import dev.cistern.api.Digest;
import dev.cistern.api.RangeSet;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.internal.fetch.RangeFetches;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Opens ranges of blobs that are not cached, where only what is asked for is fetched. Which bytes
 * the ranges are depends on the size of the blob: a manifest declares it, or the upstream is asked
 * by HEAD. What amounts to the whole blob is fetched as such, and so is a blob of unknown size.
 * Ranges that a declared size does not have are left out, and fetch nothing. Thread-safe.
 */
final class RelayedRanges {

  private final RangeFetches fetches;
  private final RepositorySizes declared;

  RelayedRanges(RangeFetches fetches, RepositorySizes declared) {
    this.fetches = fetches;
    this.declared = declared;
  }

  /**
   * Opens ranges.
   *
   * @param head asks the upstream for the size
   * @return empty when the caller should look again
   */
  CompletionStage<Optional<BlobContent>> open(
      RepositoryName repository,
      Digest digest,
      RangeSet wanted,
      Requester requester,
      RangeFetches.Origin origin,
      Supplier<CompletionStage<OptionalLong>> head) {
    return size(digest, head)
        .thenCompose(
            size -> {
              List<ByteRange> ranges =
                  size.isPresent() ? wanted.resolve(size.getAsLong()) : List.of();
              boolean proven = size.isPresent() && declared.confirms(digest, size.getAsLong());
              if (proven && ranges.isEmpty()) {
                return openWithout(digest, size.getAsLong(), requester, origin, head);
              }
              boolean hasAll = ranges.size() == wanted.specs().size();
              return (hasAll || proven) && !isWhole(ranges, size)
                  ? fetches.open(
                      new RangeFetches.Wanted(
                          repository, digest, size.orElseThrow(), ranges, requester),
                      origin)
                  : origin.whole(requester).thenApply(Optional::of);
            });
  }

  /** The blob has none of the ranges, but the repository may not have the blob either. */
  private static CompletionStage<Optional<BlobContent>> openWithout(
      Digest digest,
      long size,
      Requester requester,
      RangeFetches.Origin origin,
      Supplier<CompletionStage<OptionalLong>> head) {
    WaitTime waiting = WaitTime.start(origin.source().name());
    return head.get()
        .<BlobContent>thenApply(
            confirmed -> new SizeOnly(digest, size, new CacheStatus.Confirmed(waiting.answered())))
        .exceptionallyCompose(failure -> origin.whole(requester))
        .thenApply(Optional::of);
  }

  /** A failed HEAD says nothing final: the request for the whole decides. */
  private CompletionStage<OptionalLong> size(
      Digest digest, Supplier<CompletionStage<OptionalLong>> head) {
    OptionalLong known = declared.size(digest);
    if (known.isEmpty()) {
      known = fetches.size(digest);
    }
    return known.isPresent()
        ? CompletableFuture.completedStage(known)
        : head.get().exceptionally(failure -> OptionalLong.empty());
  }

  private static boolean isWhole(List<ByteRange> ranges, OptionalLong size) {
    return ranges.stream().anyMatch(range -> range.length() == size.orElseThrow());
  }
}
