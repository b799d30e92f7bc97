package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ByteRange;
import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.NoRoomException;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.RetryPolicy;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blobs of which only those bytes are fetched that clients ask for. What has come is kept in
 * the spool directory, as unfinished transfers are: it counts for the limits, and is removed when
 * the room is needed or when it has not been used for a while.
 *
 * <p>The same bytes are requested once for all clients. A range that the upstream does not answer
 * as one, or that does not fit, is answered from a fetch of the whole blob. When all bytes have
 * come, they become such a fetch, which verifies and stores them. Thread-safe.
 */
public final class RangeFetches implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(RangeFetches.class);

  /**
   * What a client wants.
   *
   * @param size of the whole blob
   * @param ranges not empty
   */
  public record Wanted(
      RepositoryName repository,
      Digest digest,
      long size,
      List<ByteRange> ranges,
      Requester requester) {}

  /** Where the bytes come from. */
  public interface Origin {

    /** Sends pieces; a new source for each thread. */
    BlobSource source();

    /** The threads that fetch pieces. */
    TransferThreads threads();

    /** Opens the whole blob for a client. */
    CompletionStage<BlobContent> whole(Requester requester);
  }

  /** Wants a blob to be verified and stored all of whose bytes are here. */
  private static final Requester COMPLETION =
      new Requester() {
        @Override
        public String client() {
          return "ranges";
        }

        @Override
        public boolean isWaiting() {
          return true;
        }

        @Override
        public boolean requestsAll() {
          return true;
        }
      };

  private final SpoolDirectory spools;
  private final PartialBlobs partials;
  private final BlobFetches fetches;
  private final BlockingTasks openings;
  private final RetryPolicy retries;
  private final StorageFaults faults;
  private final CacheListener listener;
  private volatile boolean closed;

  /**
   * @param fetches the fetches of whole blobs
   * @param spooling opens and closes files, which may take long
   * @param retries when to resume pieces that the upstream ended early
   * @param listener gets the events of pieces
   */
  public RangeFetches(
      BoundedStore store,
      SpoolDirectory spools,
      BlobFetches fetches,
      Executor spooling,
      RetryPolicy retries,
      StorageFaults faults,
      CacheListener listener) {
    this.spools = spools;
    this.fetches = fetches;
    partials = new PartialBlobs(store, spools, spooling);
    openings = new BlockingTasks(spooling, "the spool directory");
    this.retries = retries;
    this.faults = faults;
    this.listener = listener;
  }

  /** The size of a blob of which some bytes are here. Does not block. */
  public OptionalLong size(Digest digest) {
    Optional<KeptPieces> kept = spools.kept(digest);
    return kept.isPresent() ? OptionalLong.of(kept.get().size()) : OptionalLong.empty();
  }

  /** The size of a blob of which bytes are here that a repository has got. Does not block. */
  public OptionalLong sizeFor(RepositoryName repository, Digest digest) {
    return spools
        .kept(digest)
        .filter(kept -> kept.repositories().contains(repository))
        .map(kept -> OptionalLong.of(kept.size()))
        .orElse(OptionalLong.empty());
  }

  /**
   * Whether bytes of the blob are here that this repository may not read: its upstream has to
   * confirm first that it has the blob.
   */
  public boolean isKeptForOthers(RepositoryName repository, Digest digest) {
    return spools.isKeptForOthers(repository, digest);
  }

  /** Whether all bytes of the blob are here, so that no upstream is needed for it. */
  public boolean isComplete(Digest digest) {
    return spools.kept(digest).filter(KeptPieces::isComplete).isPresent();
  }

  /**
   * The upstream has confirmed that a repository has the blob.
   *
   * @return whether bytes of it are here
   */
  public boolean allow(RepositoryName repository, Digest digest) {
    Optional<KeptPieces> kept = spools.kept(digest);
    kept.ifPresent(pieces -> pieces.repositories().add(repository));
    return kept.isPresent();
  }

  /**
   * Opens ranges of a blob. Does not block.
   *
   * @return completes when the first byte is here; empty when the caller should look again: the
   *     bytes that are here are those of other repositories
   */
  public CompletionStage<Optional<BlobContent>> open(Wanted wanted, Origin origin) {
    return openings.startAndContinue(() -> openNow(wanted, origin));
  }

  private CompletionStage<Optional<BlobContent>> openNow(Wanted wanted, Origin origin) {
    partials.settleLeft();
    if (closed || fetches.isInProgress(wanted.digest) || wanted.size > fetches.largest()) {
      return openWhole(wanted, origin);
    }
    return partials
        .open(wanted.repository, wanted.digest, wanted.size)
        .<CompletionStage<Optional<BlobContent>>>handle(
            (partial, failure) -> {
              if (failure == null) {
                return partial
                    .map(open -> join(open, wanted, origin))
                    .orElseGet(() -> openWhole(wanted, origin));
              }
              if (StageFailure.cause(failure) instanceof IOException cause) {
                report(wanted.digest, cause);
                return openWhole(wanted, origin);
              }
              return CompletableFuture.failedStage(failure);
            })
        .thenCompose(Function.identity());
  }

  private static CompletionStage<Optional<BlobContent>> opened(PartReader reader) {
    return reader
        .opened()
        .<Optional<BlobContent>>thenApply(Optional::of)
        .exceptionallyCompose(
            failure ->
                reader.isRefused()
                    ? CompletableFuture.completedStage(Optional.empty())
                    : CompletableFuture.failedStage(failure));
  }

  /** Empty when there are bytes that the repository may not read: then it may not start a fetch. */
  private CompletionStage<Optional<BlobContent>> openWhole(Wanted wanted, Origin origin) {
    return isKeptForOthers(wanted.repository, wanted.digest)
        ? CompletableFuture.completedStage(Optional.empty())
        : origin.whole(wanted.requester).thenApply(Optional::of);
  }

  private CompletionStage<Optional<BlobContent>> join(
      PartialBlob partial, Wanted wanted, Origin origin) {
    if (partial.kept().size() != wanted.size || partial.kept().isComplete()) {
      partials.settle(partial);
      return openWhole(wanted, origin);
    }
    PartReader reader =
        new PartReader(
            partial,
            new PartReader.Wanted(
                wanted.repository, new WantedRanges(wanted.ranges), wanted.requester),
            new RelayedPieces(wanted, origin, partials, retries, listener, owner),
            () -> origin.whole(wanted.requester));
    if (!partial.join(reader)) {
      if (partial.hasEnded()) {
        // Just now: the last one has left.
        return open(wanted, origin);
      }
      partials.settle(partial);
      return openWhole(wanted, origin);
    }
    if (fetches.isInProgress(wanted.digest)) {
      // It has begun just now, and has looked for the file before it was there.
      reader.close();
      return openWhole(wanted, origin);
    }
    return opened(reader);
  }

  private void report(Digest digest, IOException cause) {
    faults.report(
        cause instanceof NoRoomException || cause.getCause() instanceof NoRoomException
            ? StorageFault.ROOM
            : StorageFault.SPOOL,
        "Parts of blob " + digest + " cannot be kept; the whole is fetched",
        cause);
  }

  private final RelayedPieces.Owner owner =
      new RelayedPieces.Owner() {

        @Override
        public void complete(Wanted wanted, Origin origin) {
          origin
              .whole(COMPLETION)
              .whenComplete(
                  (content, failure) -> {
                    if (content != null) {
                      // The fetch goes on by itself.
                      content.close();
                    } else {
                      log.debug("Could not complete blob {}", wanted.digest, failure);
                    }
                  });
        }

        @Override
        public void dropped(PartialBlob partial, String upstream, Exception cause) {
          if (cause instanceof IOException failure) {
            report(partial.digest(), failure);
          } else {
            log.info(
                "Parts of blob {} are dropped, and the whole is fetched from upstream {}: {}",
                partial.digest(),
                upstream,
                cause.getMessage());
          }
        }
      };

  /** Ends all pieces in progress, and their readers. */
  @Override
  public void close() {
    closed = true;
    partials
        .all()
        .forEach(
            partial -> {
              partial.kept().endReceivers();
              partial.abandon();
            });
  }
}
