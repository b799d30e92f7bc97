package dev.cistern.proxy.internal.pull;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The repositories that have cached content. One walk through storage at a time, as a walk may take
 * long, and other requests need the threads. Thread-safe.
 */
final class CatalogWalks {

  /** How many pages may wait. Each is a walk through storage. */
  private static final int MAX_WALKS = 1_000;

  private final ContentStore store;
  private final BlockingTasks reads;

  private record Listing(String prefix, Page page) {}

  private record Walk(Listing listing, Interest interest, CompletableFuture<NamePage> names) {}

  // Guarded by this.
  private final Map<Listing, Walk> walks = new HashMap<>();
  private final Queue<Walk> waiting = new ArrayDeque<>();
  private boolean walking;

  /**
   * @param reads the threads that read storage
   */
  CatalogWalks(ContentStore store, BlockingTasks reads) {
    this.store = store;
    this.reads = reads;
  }

  /**
   * A page of them. Requests for the same page share a walk. There is no walk for requesters that
   * have all left.
   *
   * @param prefix the start of the names to list, which is left out; empty for all
   */
  CompletionStage<NamePage> repositories(String prefix, Page page, Requester requester) {
    Listing listing = new Listing(prefix, page);
    Walk walk = new Walk(listing, new Interest(requester), new CompletableFuture<>());
    synchronized (this) {
      Walk same = walks.get(listing);
      if (same != null && same.interest.join(requester)) {
        return same.names;
      }
      if (walks.size() >= MAX_WALKS) {
        return CompletableFuture.failedStage(
            new RegistryException(
                ErrorCode.UNAVAILABLE,
                "Too many requests for the catalog are waiting; try again later"));
      }
      walks.put(listing, walk);
      waiting.add(walk);
      if (walking) {
        return walk.names;
      }
      walking = true;
    }
    startWalking();
    return walk.names;
  }

  private void startWalking() {
    CompletionStage<?> unused =
        reads
            .start(this::walkAll)
            .exceptionally(
                failure -> {
                  failAll(failure);
                  return true;
                });
  }

  private boolean walkAll() {
    for (Walk next = next(); next != null; next = next()) {
      answer(next);
    }
    return true;
  }

  private synchronized @Nullable Walk next() {
    Walk next = waiting.poll();
    walking = next != null;
    return next;
  }

  private void answer(Walk walk) {
    try {
      if (!walk.interest.begin()) {
        throw new RegistryException(
            ErrorCode.UNAVAILABLE, "No client waits for this page of the catalog any more");
      }
      NamePage names = cached(walk.listing);
      end(walk);
      walk.names.complete(names);
    } catch (RegistryException | RuntimeException | Error e) {
      end(walk);
      walk.names.completeExceptionally(e);
    }
  }

  private synchronized void end(Walk walk) {
    walks.remove(walk.listing, walk);
  }

  /** No thread reads storage for them. */
  private void failAll(Throwable failure) {
    List<Walk> all = new ArrayList<>();
    synchronized (this) {
      for (Walk walk : waiting) {
        walks.remove(walk.listing, walk);
        all.add(walk);
      }
      waiting.clear();
      walking = false;
    }
    all.forEach(walk -> walk.names.completeExceptionally(failure));
  }

  private NamePage cached(Listing listing) throws RegistryException {
    String prefix = listing.prefix;
    Page page = listing.page;
    int count = page.count().orElse(Integer.MAX_VALUE);
    try {
      // One more than asked for tells whether there is a next page.
      List<String> cached =
          store
              .repositories(
                  prefix + page.last().orElse(""), count == Integer.MAX_VALUE ? count : count + 1)
              .stream()
              .map(RepositoryName::value)
              .filter(name -> name.startsWith(prefix))
              .map(name -> name.substring(prefix.length()))
              .toList();
      return NamePage.of(cached, page, new CacheStatus.Generated());
    } catch (IOException e) {
      throw new RegistryException(
          ErrorCode.UNAVAILABLE,
          "The cached repositories cannot be listed: storage failed; try again later",
          e);
    }
  }
}
