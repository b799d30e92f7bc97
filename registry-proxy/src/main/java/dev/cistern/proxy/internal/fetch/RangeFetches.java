package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ByteRange;
import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.PieceKind;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
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
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blobs of which only those bytes are fetched that clients ask for. What has come is kept in
 * the spool directory, as unfinished transfers are: it counts for the limits, and is removed when
 * the room is needed or when nobody has used it for a while.
 *
 * <p>The same bytes are requested once, whoever wants them. A range that the upstream does not
 * answer as one, or that does not fit, is answered from a fetch of the whole blob. When all bytes
 * have come, they become such a fetch, which verifies and stores them. Thread-safe.
 */
public final class RangeFetches implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(RangeFetches.class);

  /**
   * What a client wants.
   *
   * @param size of the whole blob
   * @param proven whether a manifest declares the size
   * @param ranges not empty
   */
  public record Wanted(
      RepositoryName repository,
      Digest digest,
      long size,
      boolean proven,
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

  private final BoundedStore store;
  private final SpoolDirectory spools;
  private final BlobFetches fetches;
  private final Executor spooling;
  private final BlockingTasks openings;
  private final RetryPolicy retries;
  private final StorageFaults faults;
  private final CacheListener listener;
  private volatile boolean closed;

  /** Those that somebody has left. Nobody may read or receive them any more. */
  private final Queue<PartialBlob> left = new ConcurrentLinkedQueue<>();

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
    this.store = store;
    this.spools = spools;
    this.fetches = fetches;
    this.spooling = spooling;
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
    Optional<PartReader> reader;
    settleLeft();
    try {
      reader = join(wanted, origin);
    } catch (IOException e) {
      report(wanted.digest, e);
      return origin.whole(wanted.requester).thenApply(Optional::of);
    }
    if (reader.isEmpty()) {
      return isKeptForOthers(wanted.repository, wanted.digest)
          ? CompletableFuture.completedStage(Optional.empty())
          : origin.whole(wanted.requester).thenApply(Optional::of);
    }
    PartReader opening = reader.get();
    return opening
        .opened()
        .<Optional<BlobContent>>thenApply(Optional::of)
        .exceptionallyCompose(
            failure ->
                opening.isRefused()
                    ? CompletableFuture.completedStage(Optional.empty())
                    : CompletableFuture.failedStage(failure));
  }

  /** Empty when the whole is to be fetched, or when others have the bytes. */
  private synchronized Optional<PartReader> join(Wanted wanted, Origin origin) throws IOException {
    if (closed || fetches.isInProgress(wanted.digest) || wanted.size > fetches.largest()) {
      return Optional.empty();
    }
    PartialBlob partial = spools.partials().get(wanted.digest);
    if (partial == null) {
      Optional<SpoolFile> file = spools.openPieces(wanted.digest, wanted.size);
      if (file.isEmpty()) {
        return Optional.empty();
      }
      partial =
          new PartialBlob(
              wanted.digest,
              file.get(),
              file.get().pieces().orElseThrow(),
              store.room(wanted.repository));
      if (partial.kept().bytes() == 0) {
        partial.startedBy(wanted.repository);
      }
      spools.partials().put(wanted.digest, partial);
    }
    if (partial.kept().size() != wanted.size || partial.kept().isComplete()) {
      settle(partial);
      return Optional.empty();
    }
    PartReader reader =
        new PartReader(
            partial,
            new PartReader.Wanted(
                wanted.repository, wanted.ranges, wanted.proven, wanted.requester),
            new Pieced(wanted, origin),
            () -> origin.whole(wanted.requester));
    boolean joined = partial.join(reader);
    // A fetch of the whole that has begun just now has looked for the file before it was there.
    if (joined && fetches.isInProgress(wanted.digest)) {
      reader.close();
      return Optional.empty();
    }
    if (!joined) {
      settle(partial);
    }
    return joined ? Optional.of(reader) : Optional.empty();
  }

  private void report(Digest digest, IOException cause) {
    faults.report(
        cause instanceof NoRoomException || cause.getCause() instanceof NoRoomException
            ? StorageFault.ROOM
            : StorageFault.SPOOL,
        "Parts of blob " + digest + " cannot be kept; the whole is fetched",
        cause);
  }

  /** Fetches pieces for one reader. */
  private final class Pieced implements PartReader.Fetching, PieceFetch.Ends {

    private final Wanted wanted;
    private final Origin origin;
    private final String upstream;
    private final ConnectionEvents events;

    Pieced(Wanted wanted, Origin origin) {
      this.wanted = wanted;
      this.origin = origin;
      upstream = origin.source().name();
      BlobTransfer transfer =
          new BlobTransfer(upstream, wanted.repository, wanted.digest, wanted.requester.cause());
      events = new ConnectionEvents(listener, transfer);
    }

    @Override
    public String upstream() {
      return upstream;
    }

    @Override
    public PieceFetch fetch(PartialBlob partial, PartReader reader, long from, long to) {
      BlobSource source = new ReadAheadSource(origin.source(), origin.threads().receiving());
      return new PieceFetch(partial, reader, from, to, source, retries, this);
    }

    @Override
    public void start(PieceFetch fetch) {
      fetch.start(origin.threads().transfers());
    }

    @Override
    public void left(PartialBlob partial) {
      settleSoon(partial);
    }

    @Override
    public void received(PartialBlob partial, long bytes, long unused) {
      events.received(PieceKind.RELAY, bytes, unused);
      if (bytes > 0 && partial.completes()) {
        complete();
      }
    }

    private void complete() {
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
    public void useless(PartialBlob partial, Exception cause) {
      if (!partial.abandon()) {
        return;
      }
      spools.partials().remove(partial.digest(), partial);
      if (cause instanceof IOException failure) {
        report(partial.digest(), failure);
      } else {
        log.info(
            "Parts of blob {} are dropped, and the whole is fetched from upstream {}: {}",
            partial.digest(),
            upstream(),
            cause.getMessage());
      }
      // The whole is fetched now, and would be a second transfer of what others receive.
      partial.kept().endReceivers();
    }

    @Override
    public void ended(PartialBlob partial) {
      settleSoon(partial);
    }
  }

  /** Not here: this may be an I/O thread, also where a fetch ends that was dropped or rejected. */
  private void settleSoon(PartialBlob partial) {
    left.add(partial);
    try {
      spooling.execute(this::settleLeft);
    } catch (RejectedExecutionException e) {
      log.debug("The pieces of blob {} stay open until the next request", partial.digest(), e);
    }
  }

  private void settleLeft() {
    for (PartialBlob partial = left.poll(); partial != null; partial = left.poll()) {
      settle(partial);
    }
  }

  /** Keeps or deletes the file of a blob that nobody reads or receives any more. */
  private synchronized void settle(PartialBlob partial) {
    switch (partial.end(() -> keep(partial))) {
      case NONE -> {
        return;
      }
      case KEPT -> {}
      case LEAVE -> partial.close();
      case DELETE -> {
        partial.file().delete();
        partial.close();
      }
    }
    spools.partials().remove(partial.digest(), partial);
  }

  private void keep(PartialBlob partial) {
    KeptPieces kept = partial.kept();
    boolean useful = kept.bytes() > 0 && !kept.repositories().isEmpty();
    if (!useful) {
      partial.file().delete();
    }
    partial.close();
    if (useful) {
      spools.keepPieces(partial.digest(), partial.file(), kept.settled());
    }
  }

  /** Ends all pieces in progress, and their readers. */
  @Override
  public void close() {
    closed = true;
    spools
        .partials()
        .values()
        .forEach(
            partial -> {
              partial.kept().endReceivers();
              partial.abandon();
            });
  }
}
