package dev.cistern.proxy.internal.pull;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manifests by tag. The upstream is asked which manifest a tag names, once for all requests that
 * come in the meantime: by HEAD, or by GET when the upstream does not answer HEAD. When a stale
 * answer is cached, a request waits only for a limited time, and the check continues. Thread-safe.
 */
final class Tags {

  private static final Logger log = LoggerFactory.getLogger(Tags.class);
  private static final int MAX_REMEMBERED = 100_000;

  /** How often to check that storage still has a tag: eviction removes tags too. */
  private static final Duration LOOKED_AGAIN = Duration.ofMinutes(1);

  private record Key(RepositoryName repository, Tag tag) {}

  /**
   * The upstream's last answer for a tag.
   *
   * @param time when it answered
   * @param written when storage was last known to have the same; {@link Instant#MIN}: never
   */
  private record Confirmation(ManifestHead manifest, Instant time, Instant written) {

    boolean names(Digest digest) {
      return manifest.digest().equals(digest);
    }

    boolean isWritten(Instant now) {
      return written.isAfter(now.minus(LOOKED_AGAIN));
    }
  }

  private final ContentStore store;
  private final Manifests manifests;
  private final TagLinks links;
  private final UpstreamCalls calls;
  private final Executor publishing;
  private final Executor lookups;
  private final BlockingTasks reads;
  private final InstantSource clock;
  private final FreshnessPolicy policy;
  private final DeletedTags deleted;
  private final StorageFaults faults;
  private final UpstreamChecks<Key, TagAnswer> checks;
  private final Cache<Key, Confirmation> confirmations =
      CacheBuilder.newBuilder().maximumSize(MAX_REMEMBERED).build();

  /**
   * The tags of one upstream.
   *
   * @param publishing the only thread that uses {@code links}
   * @param lookups reads storage when the upstream takes too long
   * @param reads the same threads, used when the upstream fails
   */
  Tags(
      ContentStore store,
      Manifests manifests,
      TagLinks links,
      UpstreamCalls calls,
      Executor publishing,
      Executor lookups,
      BlockingTasks reads,
      InstantSource clock,
      FreshnessPolicy policy,
      DeletedTags deleted,
      StorageFaults faults) {
    this.store = store;
    this.manifests = manifests;
    this.links = links;
    this.calls = calls;
    this.publishing = publishing;
    this.lookups = lookups;
    this.reads = reads;
    this.clock = clock;
    this.policy = policy;
    this.deleted = deleted;
    this.faults = faults;
    checks = new UpstreamChecks<>(policy.staleAfter());
  }

  /**
   * The manifest that a tag names: as the upstream answers now, or as it answered before while that
   * is fresh, or when the upstream fails, takes too long or no longer has the tag. Does not block.
   */
  CompletionStage<ManifestContent> manifest(
      RepositoryName repository, Tag tag, Requester requester) {
    return answer(new Key(repository, tag), requester, this::content, this::lastKnown);
  }

  /** As {@link #manifest}, without the bytes. Fetches the manifest only if it must. */
  CompletionStage<ManifestInfo> info(RepositoryName repository, Tag tag, Requester requester) {
    return answer(new Key(repository, tag), requester, this::info, this::lastKnownInfo);
  }

  /** Makes an answer from the manifest that a tag names. */
  @FunctionalInterface
  private interface Completion<V> {
    CompletionStage<V> of(Key key, Resolved tag, Requester requester);
  }

  /**
   * Makes an answer from what the tag named last; blocks on storage. Empty when that is unknown.
   */
  @FunctionalInterface
  private interface LastKnown<V> {
    Optional<V> of(Key key, Forward asked, String reason);
  }

  /**
   * @param complete makes the answer from the manifest that the tag names
   * @param stale makes the answer when the upstream does not
   */
  private <V> CompletionStage<V> answer(
      Key key, Requester requester, Completion<V> complete, LastKnown<V> stale) {
    Optional<Resolved> fresh = fresh(key);
    if (fresh.isPresent()) {
      return recover(key, complete.of(key, fresh.get(), requester), stale, waiting());
    }
    WaitTime waiting = waiting();
    UpstreamChecks.Check<TagAnswer> check =
        checks.join(
            key,
            requester,
            interest -> calls.start(target(key), interest, upstream -> ask(upstream, key)));
    CompletableFuture<V> answered =
        check
            .answer()
            .thenCompose(
                answer -> complete.of(key, Resolved.by(answer, waiting.answered()), requester));
    if (!check.answer().isDone()) {
      answerWhenOverdue(key, check, answered, stale, waiting);
    }
    return recover(key, answered, stale, waiting);
  }

  private WaitTime waiting() {
    return WaitTime.start(calls.upstream().name());
  }

  private static Target target(Key key) {
    return Target.manifestHead(key.repository(), key.tag());
  }

  private <V> void answerWhenOverdue(
      Key key,
      UpstreamChecks.Check<TagAnswer> check,
      CompletableFuture<V> answered,
      LastKnown<V> stale,
      WaitTime waiting) {
    Future<?> unused =
        check
            .overdue()
            .thenRunAsync(
                () -> {
                  if (!check.answer().isDone()) {
                    answerStale(key, answered, stale, waiting.unanswered());
                  }
                },
                lookups);
  }

  private <V> void answerStale(
      Key key, CompletableFuture<V> answered, LastKnown<V> stale, Forward asked) {
    String reason = "the upstream takes too long to answer";
    Optional<V> last = stale.of(key, asked, reason);
    if (last.isPresent()) {
      answered.complete(last.get());
    } else {
      calls.absentBefore(target(key), reason).ifPresent(answered::completeExceptionally);
    }
  }

  private <V> CompletionStage<V> recover(
      Key key, CompletionStage<V> answer, LastKnown<V> stale, WaitTime waiting) {
    return StaleFallback.recover(
        answer.exceptionallyCompose(failure -> CompletableFuture.failedStage(about(key, failure))),
        reads,
        deleted,
        cause -> stale.of(key, waiting.failed(cause), cause.getMessage()));
  }

  /**
   * The failure may be that of the manifest that the tag names, which this client has not named.
   */
  private static Throwable about(Key key, Throwable failure) {
    Throwable cause = StageFailure.cause(failure);
    return cause instanceof UpstreamException upstreams ? upstreams.about(target(key)) : cause;
  }

  /**
   * The manifest that a tag names, and how the cache knows.
   *
   * @param cached the status of the answer if the manifest is cached
   * @param asked the request to the upstream; empty when there was none
   */
  private record Resolved(ManifestHead manifest, CacheStatus cached, Optional<Forward> asked) {

    static Resolved by(TagAnswer answer, Forward asked) {
      return new Resolved(
          answer.manifest(),
          answer.origin() == TagAnswer.Origin.FETCHED
              ? new CacheStatus.Miss(asked, Set.of(Trait.STORED))
              : new CacheStatus.Confirmed(asked),
          Optional.of(asked));
    }
  }

  private Optional<Resolved> fresh(Key key) {
    if (policy.freshness().isZero()) {
      return Optional.empty();
    }
    Confirmation last = confirmations.getIfPresent(key);
    Instant now = clock.instant();
    return last != null && policy.isFresh(last.time, now)
        ? Optional.of(
            new Resolved(
                last.manifest,
                new CacheStatus.Hit(
                    Optional.of(policy.freshness().minus(Duration.between(last.time, now)))),
                Optional.empty()))
        : Optional.empty();
  }

  private CompletionStage<ManifestContent> content(Key key, Resolved tag, Requester requester) {
    Digest digest = tag.manifest.digest();
    return manifests
        .cached(key.repository(), digest)
        .thenCompose(
            cached ->
                cached.isPresent()
                    ? CompletableFuture.completedStage(Manifests.content(cached.get(), tag.cached))
                    : manifests.byDigest(key.repository(), digest, requester));
  }

  private CompletionStage<ManifestInfo> info(Key key, Resolved tag, Requester requester) {
    ManifestHead head = tag.manifest;
    // Without the manifest, its size and type are known only from the upstream's answer.
    if (tag.asked.isEmpty() || !isComplete(head)) {
      return content(key, tag, requester).thenApply(ManifestContent::info);
    }
    ManifestInfo declared = info(head, new CacheStatus.Miss(tag.asked.get(), Set.of()));
    return manifests
        .cached(key.repository(), head.digest())
        .thenApply(
            cached ->
                cached
                    .map(manifest -> Manifests.content(manifest, tag.cached).info())
                    .orElse(declared));
  }

  private TagAnswer ask(Upstream upstream, Key key) throws RegistryException {
    Optional<ManifestHead> head = head(upstream, key);
    TagAnswer answer =
        head.isPresent()
            ? new TagAnswer(head.get(), TagAnswer.Origin.CHECKED)
            : new TagAnswer(
                headOf(manifests.fetch(upstream, key.repository(), key.tag())),
                TagAnswer.Origin.FETCHED);
    confirm(key, answer.manifest());
    return answer;
  }

  /** What HEAD says; empty when it does not. What it refuses, GET may still answer. */
  private static Optional<ManifestHead> head(Upstream upstream, Key key) throws RegistryException {
    try {
      return upstream.headManifest(key.repository(), key.tag());
    } catch (UpstreamException e) {
      if (!e.mayConcernFormOnly()) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static ManifestHead headOf(StoredManifest manifest) {
    return new ManifestHead(
        manifest.digest(), Optional.of(manifest.mediaType()), OptionalLong.of(manifest.size()));
  }

  private void confirm(Key key, ManifestHead manifest) {
    Digest digest = manifest.digest();
    manifests.named(key.repository(), digest, key.tag());
    Confirmation before = confirmations.getIfPresent(key);
    Instant now = clock.instant();
    Instant written = before != null && before.names(digest) ? before.written : Instant.MIN;
    Confirmation confirmation = new Confirmation(manifest, now, written);
    confirmations.put(key, confirmation);
    if (!confirmation.isWritten(now)) {
      try {
        publishing.execute(() -> write(key, digest));
      } catch (RejectedExecutionException e) {
        faults.report(
            StorageFault.WRITE,
            "Too many tags are waiting to be stored: tag "
                + key.tag()
                + " of "
                + key.repository()
                + " is not stored",
            e);
      }
    }
  }

  private void write(Key key, Digest digest) {
    if (links.confirmed(key.repository(), key.tag(), digest)) {
      confirmations
          .asMap()
          .computeIfPresent(
              key,
              (same, last) ->
                  last.names(digest)
                      ? new Confirmation(last.manifest, last.time, clock.instant())
                      : last);
    }
  }

  /** The manifest that the tag named last. Blocks on storage. Empty when storage fails. */
  private Optional<ManifestContent> lastKnown(Key key, Forward asked, String reason) {
    try {
      Optional<StoredManifest> manifest =
          store
              .tag(key.repository(), key.tag())
              .flatMap(digest -> manifests.cachedNow(key.repository(), digest));
      if (manifest.isEmpty()) {
        return Optional.empty();
      }
      log.debug(
          "Answered tag {} of {} with a stale manifest: {}", key.tag(), key.repository(), reason);
      Duration age = sinceConfirmed(key, manifest.get().digest());
      return Optional.of(
          Manifests.content(manifest.get(), new CacheStatus.Stale(asked, age, reason)));
    } catch (IOException e) {
      faults.report(
          StorageFault.READ, "Could not read tag " + key.tag() + " of " + key.repository(), e);
      return Optional.empty();
    }
  }

  /**
   * As {@link #lastKnown}. A client that only asks which manifest a tag names, as signature checks
   * do, may have caused no fetch of it: then the upstream's last answer is given.
   */
  private Optional<ManifestInfo> lastKnownInfo(Key key, Forward asked, String reason) {
    Optional<ManifestInfo> cached = lastKnown(key, asked, reason).map(ManifestContent::info);
    Confirmation last = confirmations.getIfPresent(key);
    if (cached.isPresent() || last == null || !isComplete(last.manifest)) {
      return cached;
    }
    if (calls.absentBefore(target(key), reason).isPresent()) {
      return Optional.empty();
    }
    Duration age = Duration.between(last.time, clock.instant());
    return Optional.of(
        info(
            last.manifest,
            new CacheStatus.Stale(asked, age.isNegative() ? Duration.ZERO : age, reason)));
  }

  /**
   * Whether the upstream's answer has the size and type of the manifest. No manifest is empty: some
   * registries answer HEAD with a length of 0.
   */
  private static boolean isComplete(ManifestHead head) {
    return head.mediaType().isPresent() && head.size().orElse(0) != 0;
  }

  private static ManifestInfo info(ManifestHead head, CacheStatus status) {
    return new ManifestInfo(
        head.digest(), head.mediaType().orElseThrow(), head.size().getAsLong(), status);
  }

  private Duration sinceConfirmed(Key key, Digest digest) throws IOException {
    Confirmation last = confirmations.getIfPresent(key);
    Optional<Instant> time =
        last != null && last.names(digest)
            ? Optional.of(last.time)
            : store.tagTime(key.repository(), key.tag());
    return time.map(confirmed -> Duration.between(confirmed, clock.instant()))
        .filter(age -> !age.isNegative())
        .orElse(Duration.ZERO);
  }
}
