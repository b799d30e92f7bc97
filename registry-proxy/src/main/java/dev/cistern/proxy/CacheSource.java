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

  CacheSource(PullThroughCache cache) {
    this.cache = cache;
  }

  @Override
  public CompletionStage<Received> manifest(
      RepositoryName repository, Reference reference, Requester requester) {
    return cache
        .manifest(repository, reference, requester)
        .thenApply(
            content -> new Received(content.digest(), content.body(), stale(content.status())));
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
        .thenCompose(origin -> stored(blob, origin));
  }

  /** What was fetched is published after its readers have it, and that may fail. */
  private CompletionStage<Origin> stored(Descriptor blob, Origin origin) {
    return origin == Origin.FETCHED
        ? cache
            .stored(blob.digest())
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
