package dev.cistern.proxy;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Miss;
import dev.cistern.proxy.internal.pull.Arrival;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;

/** Requests from a cache. No thread waits, and no byte of a blob is copied for this. */
final class CacheSource implements ImageSource {

  private final PullThroughCache cache;
  private final StoredCopies copies;
  private final boolean remote;

  private CacheSource(PullThroughCache cache, boolean remote) {
    this.cache = cache;
    copies = cache.copies();
    this.remote = remote;
  }

  /** What the cache can serve has come. */
  static CacheSource served(PullThroughCache cache) {
    return new CacheSource(cache, false);
  }

  /** What the cache can serve has come when its remote storage, if it has one, has it as well. */
  static CacheSource stored(PullThroughCache cache) {
    return new CacheSource(cache, true);
  }

  @Override
  public CompletionStage<Received> manifest(
      RepositoryName repository, Reference reference, Requester requester) {
    return cache
        .manifest(repository, reference, requester)
        .thenCompose(
            content -> {
              Received received =
                  new Received(content.digest(), content.body(), stale(content.status()));
              return remote
                  ? copies.ensureRemote(repository, reference, content).thenApply(done -> received)
                  : CompletableFuture.completedStage(received);
            });
  }

  private static Optional<String> stale(CacheStatus status) {
    return status instanceof CacheStatus.Stale stale
        ? Optional.of(stale.reason())
        : Optional.empty();
  }

  @Override
  public CompletionStage<Origin> blob(
      RepositoryName repository, Descriptor blob, Requester requester, LongConsumer received) {
    return cache
        .blob(repository, blob.digest(), requester)
        .thenCompose(
            content -> {
              boolean fetched = content.status() instanceof Miss;
              return Arrival.of(content, requester, received)
                  .thenApply(end -> origin(end, fetched));
            })
        .thenCompose(origin -> stored(blob, origin))
        .thenCompose(
            origin ->
                remote && origin != Origin.NOT_STORED
                    ? copies.ensureRemote(repository, blob.digest()).thenApply(done -> origin)
                    : CompletableFuture.completedStage(origin));
  }

  /** What was fetched is published after its readers have it, and that may fail. */
  private CompletionStage<Origin> stored(Descriptor blob, Origin origin) {
    return origin == Origin.FETCHED
        ? copies
            .local(blob.digest())
            .thenApply(stored -> stored ? Origin.FETCHED : Origin.NOT_STORED)
        : CompletableFuture.completedStage(origin);
  }

  private static Origin origin(Arrival.End end, boolean fetched) {
    return switch (end) {
      case COMPLETE -> fetched ? Origin.FETCHED : Origin.CACHED;
      case PASSED_THROUGH -> Origin.NOT_STORED;
      case GIVEN_UP -> throw new CancellationException();
    };
  }
}
