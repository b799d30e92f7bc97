package dev.cistern.proxy;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Miss;
import dev.cistern.proxy.event.CacheStatus.Trait;
import java.io.IOException;
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
              CompletableFuture<Origin> end = new CompletableFuture<>();
              new Following(content, requester, received, end).go();
              return end;
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

  /** Waits until all bytes are there, without reading one. For one thread at a time. */
  private static final class Following {

    private final BlobContent content;
    private final Requester requester;
    private final LongConsumer received;
    private final CompletableFuture<Origin> end;
    private long position;

    Following(
        BlobContent content,
        Requester requester,
        LongConsumer received,
        CompletableFuture<Origin> end) {
      this.content = content;
      this.requester = requester;
      this.received = received;
      this.end = end;
    }

    void go() {
      try {
        while (requester.isWaiting()) {
          long available = content.available(position);
          if (isPassedThrough()) {
            close(Origin.NOT_STORED);
            return;
          }
          if (available < 0) {
            close(content.status() instanceof Miss ? Origin.FETCHED : Origin.CACHED);
            return;
          }
          position += available;
          received.accept(position);
          if (available == 0 && content.whenAvailable(position, this::go)) {
            return;
          }
        }
        content.close();
        end.completeExceptionally(new CancellationException());
      } catch (IOException | RuntimeException e) {
        content.close();
        end.completeExceptionally(e);
      }
    }

    /** Whether the cache only passes it on to this reader. */
    private boolean isPassedThrough() {
      return content.status() instanceof Miss miss && !miss.is(Trait.STORED);
    }

    private void close(Origin origin) {
      content.close();
      end.complete(origin);
    }
  }
}
