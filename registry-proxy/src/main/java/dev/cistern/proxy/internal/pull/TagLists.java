package dev.cistern.proxy.internal.pull;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The upstream's tags of a repository, and the repositories that have cached content. Thread-safe.
 */
final class TagLists {

  private final ContentStore store;
  private final UpstreamCalls calls;
  private final BlockingTasks reads;
  private final StorageFaults faults;

  // Guarded by this.
  private final Map<Page, CompletionStage<NamePage>> walks = new HashMap<>();
  private CompletionStage<?> lastWalk = CompletableFuture.completedStage(Page.FIRST);

  /** The lists of one upstream. */
  TagLists(ContentStore store, UpstreamCalls calls, BlockingTasks reads, StorageFaults faults) {
    this.store = store;
    this.calls = calls;
    this.reads = reads;
    this.faults = faults;
  }

  /** The upstream's list, or the cached tags when the upstream does not answer. */
  CompletionStage<NamePage> tags(RepositoryName repository, Page page, Requester requester) {
    WaitTime waiting = WaitTime.start(calls.upstream().name());
    return StaleFallback.recover(
        calls.start(
            Target.tags(repository),
            new Interest(requester),
            registry -> {
              TagList list = registry.tags(repository, page);
              return new NamePage(
                  list.tags(), list.next(), new CacheStatus.Miss(waiting.answered(), Set.of()));
            }),
        reads,
        // A list of what is cached does not stand in for one that the upstream refuses.
        DeletedTags.REFUSE,
        cause -> cachedTags(repository, page, waiting.failed(cause), cause));
  }

  private Optional<NamePage> cachedTags(
      RepositoryName repository, Page page, Forward asked, RegistryException cause) {
    if (!page.extra().isEmpty()) {
      // Only the upstream knows at which tag its token continues.
      return Optional.empty();
    }
    try {
      List<String> cached = store.tags(repository).stream().map(Tag::value).toList();
      // Every tag has another age, so the list has none.
      CacheStatus status = new CacheStatus.Stale(asked, Duration.ZERO, cause.getMessage());
      return cached.isEmpty() ? Optional.empty() : Optional.of(NamePage.of(cached, page, status));
    } catch (IOException e) {
      faults.report(StorageFault.READ, "Could not list the cached tags of " + repository, e);
      return Optional.empty();
    }
  }

  /**
   * The repositories that have cached content. One walk through storage at a time, as a walk may
   * take long, and other requests need the threads; requests for the same page share one.
   */
  synchronized CompletionStage<NamePage> repositories(Page page) {
    CompletionStage<NamePage> same = walks.get(page);
    if (same != null) {
      return same;
    }
    CompletionStage<NamePage> walk =
        lastWalk
            .handle((before, failure) -> page)
            .thenCompose(next -> reads.start(() -> cachedRepositories(next)));
    walks.put(page, walk);
    lastWalk = walk;
    walk.whenComplete((names, failure) -> forgetWalk(page));
    return walk;
  }

  private synchronized void forgetWalk(Page page) {
    walks.remove(page);
  }

  private NamePage cachedRepositories(Page page) throws RegistryException {
    int count = page.count().orElse(Integer.MAX_VALUE);
    try {
      // One more than asked for tells whether there is a next page.
      List<String> cached =
          store
              .repositories(page.last().orElse(""), count == Integer.MAX_VALUE ? count : count + 1)
              .stream()
              .map(RepositoryName::value)
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
