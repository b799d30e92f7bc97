package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.report.TransferState;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A fetch that waits, is in progress or is being stored: who may read it, and whether it is stored.
 * Thread-safe.
 */
final class ActiveFetch {

  private enum Storing {
    LATER,
    BEGUN,
    NEVER
  }

  private final BlobFetch fetch;
  private final BlobTransfer transfer;
  private final long start = System.nanoTime();

  /** Those that are known to have the blob upstream. */
  private final Set<RepositoryName> repositories = ConcurrentHashMap.newKeySet();

  private final AtomicReference<Storing> storing = new AtomicReference<>(Storing.LATER);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  /** The repository of the transfer may read it. */
  ActiveFetch(BlobFetch fetch, BlobTransfer transfer) {
    this.fetch = fetch;
    this.transfer = transfer;
    repositories.add(transfer.repository());
  }

  BlobFetch fetch() {
    return fetch;
  }

  /** What events name it by. */
  BlobTransfer transfer() {
    return transfer;
  }

  boolean isReadable(RepositoryName repository) {
    return repositories.contains(repository);
  }

  void allow(RepositoryName repository) {
    repositories.add(repository);
  }

  /**
   * The blob is not to be stored.
   *
   * @return false if that has begun
   */
  boolean leaveUnstored() {
    return storing.compareAndExchange(Storing.LATER, Storing.NEVER) != Storing.BEGUN;
  }

  /**
   * Begins to store the blob.
   *
   * @return false if it is not to be stored
   */
  boolean beginStoring() {
    return storing.compareAndSet(Storing.LATER, Storing.BEGUN);
  }

  /** How long ago it was wanted first. */
  Duration time() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  TransferState state() {
    return new TransferState(
        transfer,
        fetch.phase(),
        fetch.size(),
        fetch.received(),
        fetch.interest().waiting(),
        time());
  }

  /** Completes when this can be followed no more, and nothing of it is to be stored any more. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  void end() {
    ended.complete(null);
  }
}
