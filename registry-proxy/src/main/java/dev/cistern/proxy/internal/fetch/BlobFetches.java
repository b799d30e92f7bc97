package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.Flight.Role;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.Rejection;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.concurrent.WorkQueue;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.NoRoomException;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.report.TransferState;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transfers in progress, at most one for each digest.
 *
 * <p>A transfer belongs to the cache: once begun, it continues when the clients that wanted it have
 * left. It can be followed until its blob is published, which happens after its readers got the
 * last byte; then the blob is read from storage. Thread-safe.
 */
public final class BlobFetches implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(BlobFetches.class);

  private final ConcurrentHashMap<Digest, ActiveFetch> fetches = new ConcurrentHashMap<>();
  private final BoundedStore store;
  private final SpoolDirectory spools;
  private final BlobPublishing publishing;
  private final RetryPolicy retries;
  private volatile long largest;
  private final StorageFaults faults;
  private final CacheListener listener;

  /**
   * @param store gets the fetched blobs
   * @param publishing moves fetched blobs into the store
   * @param retries when to resume transfers that the upstream ended early
   * @param largest the largest size of a blob in bytes
   * @param listener gets the events of fetches
   */
  public BlobFetches(
      BoundedStore store,
      SpoolDirectory spools,
      Executor publishing,
      RetryPolicy retries,
      long largest,
      StorageFaults faults,
      CacheListener listener) {
    this.store = store;
    this.listener = listener;
    this.faults = faults;
    this.spools = spools;
    this.publishing = new BlobPublishing(store, spools, publishing, faults);
    this.retries = retries;
    this.largest = largest;
  }

  /** Applies another largest size to the transfers that begin from now on. */
  public void limitSize(long bytes) {
    largest = bytes;
  }

  /** The largest size of a blob in bytes. */
  public long largest() {
    return largest;
  }

  /** Whether a transfer of this blob is in progress that {@code repository} may read. */
  public boolean isReadable(RepositoryName repository, Digest digest) {
    ActiveFetch active = fetches.get(digest);
    return active != null && active.isReadable(repository);
  }

  /**
   * The size of a blob that {@code repository} may read and that is verified but not published yet.
   */
  public OptionalLong sizeOfUnpublished(RepositoryName repository, Digest digest) {
    ActiveFetch active = fetches.get(digest);
    return active != null && active.isReadable(repository)
        ? active.fetch().verifiedSize()
        : OptionalLong.empty();
  }

  /** The transfers that wait or are in progress, in no order. */
  public List<TransferState> inProgress() {
    return fetches.values().stream().map(ActiveFetch::state).toList();
  }

  /** Whether a transfer of this blob is in progress, for any repository. */
  public boolean isInProgress(Digest digest) {
    return fetches.containsKey(digest);
  }

  /**
   * Completes when no transfer of this blob is in progress or waits to be published, with whether
   * the blob is stored then.
   */
  public CompletionStage<Boolean> stored(Digest digest) {
    ActiveFetch active = fetches.get(digest);
    return active == null
        ? CompletableFuture.completedStage(store.isIndexed(digest))
        : active.ended().thenApply(ended -> store.isIndexed(digest));
  }

  /**
   * Does not store the blobs that are being fetched for a repository. Their readers get them.
   *
   * @return completes when those are stored that were being stored already
   */
  public CompletionStage<Void> leaveUnstored(RepositoryName repository) {
    return CompletableFuture.allOf(
        fetches.values().stream()
            .filter(active -> active.transfer().repository().equals(repository))
            .filter(active -> !active.leaveUnstored())
            .map(ActiveFetch::ended)
            .toArray(CompletableFuture[]::new));
  }

  /**
   * Allows a repository to follow the transfer in progress, if there is one. To be called when the
   * upstream has confirmed that the repository has the blob.
   */
  public void allowFollowing(RepositoryName repository, Digest digest) {
    ActiveFetch running = fetches.get(digest);
    if (running != null) {
      running.allow(repository);
    }
  }

  /**
   * Follows the transfer of a blob, starting it when there is none.
   *
   * @param source where to fetch the blob from if no transfer is in progress
   * @param threads fetch it then; their number limits the transfers in progress
   * @return completes when there are bytes or an error to answer with; empty when the caller should
   *     look again: the blob is in storage by now, or is being fetched for other repositories
   */
  public CompletionStage<Optional<BlobContent>> follow(
      RepositoryName repository,
      Digest digest,
      BlobSource source,
      TransferThreads threads,
      Requester requester) {
    ActiveFetch mine = newFetch(repository, digest, source, threads, requester);
    ActiveFetch running = fetches.putIfAbsent(digest, mine);
    if (running != null) {
      if (!running.isReadable(repository)) {
        return CompletableFuture.completedStage(Optional.empty());
      }
      if (running.fetch().interest().join(requester)) {
        listener.fetchJoined(running.transfer(), requester.cause());
        return running.fetch().follow(Role.FOLLOWER, requester);
      }
      // Dropped, because no requester waited for it. What it has received is kept soon.
      return running.ended().thenApply(ended -> Optional.empty());
    }
    if (spools.isKeptForOthers(repository, digest)) {
      // They have come since the caller looked. It could get them before its upstream is asked.
      remove(mine);
      mine.fetch().redirectToStorage();
      mine.fetch().close();
      return CompletableFuture.completedStage(Optional.empty());
    }
    listener.fetchStarted(mine.transfer());
    CompletionStage<Optional<BlobContent>> following = mine.fetch().follow(Role.LEADER, requester);
    Waiting waiting = new Waiting(mine);
    try {
      mine.fetch().interest().queued(threads.transfers().execute(requester.client(), waiting));
    } catch (RejectedExecutionException e) {
      waiting.reject(e);
    }
    return following;
  }

  private ActiveFetch newFetch(
      RepositoryName repository,
      Digest digest,
      BlobSource source,
      TransferThreads threads,
      Requester requester) {
    BlobTransfer transfer = new BlobTransfer(source.name(), repository, digest, requester.cause());
    return new ActiveFetch(
        new BlobFetch(
            digest,
            new ReadAheadSource(source, threads.receiving()),
            spools,
            store.room(repository),
            threads,
            retries,
            largest,
            new Interest(requester),
            new ConnectionEvents(listener, transfer)),
        transfer);
  }

  /** A fetch that waits for its turn. */
  private final class Waiting implements WorkQueue.Work {

    private final ActiveFetch active;

    Waiting(ActiveFetch active) {
      this.active = active;
    }

    @Override
    public void run() {
      Interest interest = active.fetch().interest();
      if (interest.begin()) {
        UpstreamWork.with(interest, active.transfer(), () -> BlobFetches.this.run(active));
      } else {
        fail(
            active,
            new RegistryException(
                ErrorCode.UNAVAILABLE,
                "Blob "
                    + active.fetch().digest()
                    + " is not fetched: no client waits for it any more"));
      }
    }

    @Override
    public boolean dropIfUnwanted() {
      return !active.fetch().interest().begin();
    }

    @Override
    public void reject(RejectedExecutionException cause) {
      fail(active, Rejection.failure(cause, "upstream " + active.transfer().upstream()));
    }
  }

  private void run(ActiveFetch active) {
    RepositoryName repository = active.transfer().repository();
    Digest digest = active.fetch().digest();
    try {
      // Another transfer may have published the blob after this request looked into storage.
      if (isStored(repository, digest)) {
        remove(active);
        listener.fetchCompleted(active.transfer(), 0, active.time());
        active.fetch().redirectToStorage();
        return;
      }
      SpoolFile verified = active.fetch().run();
      completed(active);
      if (active.fetch().isWorthKeeping()) {
        publishing.start(active, verified, () -> finish(active));
      } else {
        // Those who read it have the file open.
        verified.delete();
        finish(active);
      }
    } catch (SpoolException e) {
      faults.report(
          e.getCause() instanceof NoRoomException ? StorageFault.ROOM : StorageFault.SPOOL,
          "Blob " + digest + " of " + repository + " cannot be cached and is passed through",
          e);
      remove(active);
      listener.fetchFailed(active.transfer(), e);
      active.fetch().relayReaders(e);
    } catch (RegistryException e) {
      // The failed call itself has been logged.
      log.debug("Fetching blob {} for {} failed: {}", digest, repository, e.getMessage());
      fail(active, e);
    } catch (RuntimeException | Error e) {
      // Every kind, such as OutOfMemoryError, because readers would wait forever.
      log.error("Fetching blob {} for {} failed", digest, repository, e);
      fail(
          active,
          new RegistryException(ErrorCode.UNKNOWN, "Fetching blob " + digest + " failed", e));
    }
  }

  private void completed(ActiveFetch active) {
    long bytes = active.fetch().size().orElse(0);
    Duration time = active.time();
    log.debug(
        "Fetched blob {}: {} bytes in {} ms", active.fetch().digest(), bytes, time.toMillis());
    listener.fetchCompleted(active.transfer(), bytes, time);
  }

  private boolean isStored(RepositoryName repository, Digest digest) {
    try {
      // Only a transfer of this cache can have stored it since: that is indexed, and needs no look.
      return store.isIndexed(digest) && store.serves(repository, digest);
    } catch (IOException e) {
      faults.report(StorageFault.READ, "Could not look for blob " + digest, e);
      return false;
    }
  }

  private void remove(ActiveFetch active) {
    fetches.remove(active.fetch().digest(), active);
    active.end();
  }

  private void finish(ActiveFetch active) {
    remove(active);
    active.fetch().close();
  }

  /**
   * Keeps what has come before the fetch is removed, so that a new one goes on with it; and removes
   * it before its readers fail, so that a retry starts a new one.
   */
  private void fail(ActiveFetch active, RegistryException cause) {
    active
        .fetch()
        .fail(
            cause,
            () -> {
              remove(active);
              listener.fetchFailed(active.transfer(), cause);
            });
  }

  /** Makes all transfers in progress fail. */
  @Override
  public void close() {
    fetches.values().forEach(active -> active.fetch().cancel());
  }
}
