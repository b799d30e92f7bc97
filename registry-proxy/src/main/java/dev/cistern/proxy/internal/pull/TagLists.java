package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Page;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** The upstream's tags of a repository. Thread-safe. */
final class TagLists {

  private final ContentStore store;
  private final UpstreamCalls calls;
  private final BlockingTasks reads;
  private final StorageFaults faults;

  private record Key(RepositoryName repository, Page page) {}

  private final Executor lookups;
  private final UpstreamChecks<Key, TagList> checks;

  /**
   * The lists of one upstream.
   *
   * @param lookups reads storage when the upstream takes too long
   * @param reads the same threads, used when the upstream fails
   * @param patience how long to wait for the upstream when there are cached tags
   */
  TagLists(
      ContentStore store,
      UpstreamCalls calls,
      Executor lookups,
      BlockingTasks reads,
      Duration patience,
      StorageFaults faults) {
    this.store = store;
    this.calls = calls;
    this.lookups = lookups;
    this.reads = reads;
    this.faults = faults;
    checks = new UpstreamChecks<>(patience);
  }

  /** The upstream's list, or the cached tags when it fails or takes too long. */
  CompletionStage<NamePage> tags(RepositoryName repository, Page page, Requester requester) {
    WaitTime waiting = WaitTime.start(calls.upstream().name());
    UpstreamChecks.Check<TagList> check =
        checks.join(
            new Key(repository, page),
            requester,
            interest ->
                calls.start(
                    Target.tags(repository),
                    interest,
                    registry -> registry.tags(repository, page)));
    CompletableFuture<NamePage> answered =
        check
            .answer()
            .thenApply(
                list ->
                    new NamePage(
                        list.tags(),
                        list.next(),
                        new CacheStatus.Miss(waiting.answered(), Set.of())));
    check.whenOverdue(
        lookups,
        () ->
            cachedTags(
                    repository, page, waiting.unanswered(), "the upstream takes too long to answer")
                .ifPresent(answered::complete));
    return StaleFallback.recover(
        answered,
        reads,
        // A list of what is cached does not stand in for one that the upstream refuses.
        DeletedTags.REFUSE,
        cause -> cachedTags(repository, page, waiting.failed(cause), cause.getMessage()));
  }

  private Optional<NamePage> cachedTags(
      RepositoryName repository, Page page, Forward asked, String reason) {
    if (page.hasToken()) {
      // Only the upstream knows at which tag its token continues.
      return Optional.empty();
    }
    try {
      List<String> cached = store.tags(repository).stream().map(Tag::value).toList();
      // Every tag has another age, so the list has none.
      CacheStatus status = new CacheStatus.Stale(asked, Duration.ZERO, reason);
      return cached.isEmpty() ? Optional.empty() : Optional.of(NamePage.of(cached, page, status));
    } catch (IOException e) {
      faults.report(StorageFault.READ, "Could not list the cached tags of " + repository, e);
      return Optional.empty();
    }
  }
}
