package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.storage.content.StoredManifest;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Manifests by tag. The upstream is asked which manifest a tag names, once for all requests that
 * come in the meantime: by HEAD, or by GET when the upstream does not answer HEAD. When a stale
 * answer is cached, a request waits only for a limited time, and the check continues. Where the
 * policy says so, requests do not wait at all, and the check belongs to the cache. Thread-safe.
 */
final class Tags {

  private final KnownTags known;
  private final Manifests manifests;
  private final UpstreamCalls calls;
  private final Executor lookups;
  private final BlockingTasks reads;
  private final DeletedTags deleted;
  private final UpstreamChecks<KnownTags.Key, TagAnswer> checks;

  /**
   * The tags of one upstream.
   *
   * @param lookups reads storage when the upstream takes too long
   * @param reads the same threads, used when the upstream fails
   * @param patience how long to wait for the upstream when there is a cached answer
   */
  Tags(
      KnownTags known,
      Manifests manifests,
      UpstreamCalls calls,
      Executor lookups,
      BlockingTasks reads,
      DeletedTags deleted,
      Duration patience) {
    this.known = known;
    this.manifests = manifests;
    this.calls = calls;
    this.lookups = lookups;
    this.reads = reads;
    this.deleted = deleted;
    checks = new UpstreamChecks<>(patience);
  }

  /**
   * The manifest that a tag names: as the upstream answers now, or as it answered before while the
   * policy says so, or when the upstream fails, takes too long or no longer has the tag. Does not
   * block.
   */
  CompletionStage<ManifestContent> manifest(
      RepositoryName repository, Tag tag, Requester requester) {
    return answer(new KnownTags.Key(repository, tag), requester, this::content, known::lastKnown);
  }

  /** As {@link #manifest}, without the bytes. Fetches the manifest only if it must. */
  CompletionStage<ManifestInfo> info(RepositoryName repository, Tag tag, Requester requester) {
    return answer(new KnownTags.Key(repository, tag), requester, this::info, this::lastKnownInfo);
  }

  /** Makes an answer from the manifest that a tag names. */
  @FunctionalInterface
  private interface Completion<V> {
    CompletionStage<V> of(KnownTags.Key key, ResolvedTag tag, Requester requester);
  }

  /**
   * Makes an answer from what the tag named last; blocks on storage. Empty when that is unknown.
   */
  @FunctionalInterface
  private interface LastKnown<V> {
    Optional<V> of(KnownTags.Key key, Forward asked, String reason) throws RegistryException;
  }

  /**
   * @param complete makes the answer from the manifest that the tag names
   * @param stale makes the answer when the upstream does not
   */
  private <V> CompletionStage<V> answer(
      KnownTags.Key key, Requester requester, Completion<V> complete, LastKnown<V> stale) {
    Optional<ResolvedTag> usable = known.usable(key);
    if (usable.isPresent()) {
      if (usable.get().isDue()) {
        checkBehind(key, requester);
      }
      return recover(key, complete.of(key, usable.get(), requester), stale, waiting());
    }
    WaitTime waiting = waiting();
    Optional<UpstreamException> refusal = refusal(key);
    if (refusal.isPresent()) {
      return StaleFallback.instead(
          refusal.get(),
          reads,
          deleted,
          cause -> stale.of(key, waiting.failed(cause), cause.getMessage()));
    }
    UpstreamChecks.Check<TagAnswer> check =
        checks.join(key, requester, interest -> check(key, interest));
    CompletableFuture<V> answered =
        check
            .answer()
            .thenCompose(
                answer -> complete.of(key, ResolvedTag.by(answer, waiting.answered()), requester));
    check.whenOverdue(lookups, () -> answerStale(key, answered, stale, waiting.unanswered()));
    return recover(key, answered, stale, waiting);
  }

  /**
   * Why a check would fail at once. While an upstream fails, thousands of requests may come: they
   * need no check. A check in progress may still succeed.
   */
  private Optional<UpstreamException> refusal(KnownTags.Key key) {
    Target target = target(key);
    return calls
        .upstream()
        .refusal(target)
        .filter(refusal -> !isLimit(refusal) && !checks.isInProgress(key))
        .map(refusal -> calls.failure(target, refusal));
  }

  /** Not while the upstream would not be asked anyway. */
  private void checkBehind(KnownTags.Key key, Requester cause) {
    if (calls.upstream().refusal(target(key)).isEmpty()) {
      checks.startBehind(key, cause, interest -> check(key, interest));
    }
  }

  private WaitTime waiting() {
    return WaitTime.start(calls.upstream().name());
  }

  private static Target target(KnownTags.Key key) {
    return Target.manifestHead(key.repository(), key.tag());
  }

  private CompletionStage<TagAnswer> check(KnownTags.Key key, Interest interest) {
    Optional<UpstreamException> limit = calls.upstream().refusal(target(key)).filter(Tags::isLimit);
    return limit.isPresent()
        ? fetchUnlessCached(key, interest, limit.get())
        : calls.start(target(key), interest, upstream -> ask(upstream, key));
  }

  /** After a 429 to HEAD requests, GET may still work. It is not tried for what is cached. */
  private CompletionStage<TagAnswer> fetchUnlessCached(
      KnownTags.Key key, Interest interest, UpstreamException limit) {
    return reads.startAndContinue(
        () -> {
          if (known.isCached(key)) {
            throw limit;
          }
          return calls.start(
              Target.manifest(key.repository(), key.tag()),
              interest,
              upstream -> ask(upstream, key));
        });
  }

  private static boolean isLimit(UpstreamException failure) {
    return failure.code() == ErrorCode.TOOMANYREQUESTS;
  }

  private <V> void answerStale(
      KnownTags.Key key, CompletableFuture<V> answered, LastKnown<V> stale, Forward asked) {
    String reason = "the upstream takes too long to answer";
    PatientReads.OF_HEAP
        .start(() -> reads.start(() -> stale.of(key, asked, reason)))
        .thenAccept(
            last -> {
              if (last.isPresent()) {
                answered.complete(last.get());
              } else {
                calls.absentBefore(target(key), reason).ifPresent(answered::completeExceptionally);
              }
            });
  }

  private <V> CompletionStage<V> recover(
      KnownTags.Key key, CompletionStage<V> answer, LastKnown<V> stale, WaitTime waiting) {
    return StaleFallback.recover(
        answer.exceptionallyCompose(failure -> CompletableFuture.failedStage(about(key, failure))),
        reads,
        deleted,
        cause -> stale.of(key, waiting.failed(cause), cause.getMessage()));
  }

  /**
   * The failure may be that of the manifest that the tag names, which this client has not named.
   */
  private static Throwable about(KnownTags.Key key, Throwable failure) {
    Throwable cause = StageFailure.cause(failure);
    return cause instanceof UpstreamException upstreams ? upstreams.about(target(key)) : cause;
  }

  private CompletionStage<ManifestContent> content(
      KnownTags.Key key, ResolvedTag tag, Requester requester) {
    Digest digest = tag.manifest().digest();
    return manifests
        .cached(key.repository(), digest)
        .thenCompose(
            cached ->
                cached.isPresent()
                    ? CompletableFuture.completedStage(
                        Manifests.content(cached.get(), tag.cached()))
                    : manifests
                        .byDigest(key.repository(), digest, requester)
                        .thenApply(fetched -> tag.isStale() ? marked(fetched, tag) : fetched));
  }

  /** The manifest may have just come, but that the tag names it is old. */
  private static ManifestContent marked(ManifestContent fetched, ResolvedTag tag) {
    return new ManifestContent(fetched.digest(), fetched.mediaType(), fetched.body(), tag.cached());
  }

  private CompletionStage<ManifestInfo> info(
      KnownTags.Key key, ResolvedTag tag, Requester requester) {
    ManifestHead head = tag.manifest();
    // Without the manifest, its size and type are known only from the upstream's answer, now or
    // before.
    if (!KnownTags.isComplete(head)) {
      return content(key, tag, requester).thenApply(ManifestContent::info);
    }
    CacheStatus status =
        tag.isStale() || tag.asked().isEmpty()
            ? tag.cached()
            : new CacheStatus.Miss(tag.asked().get(), Set.of());
    ManifestInfo declared = KnownTags.info(head, status);
    return manifests
        .cached(key.repository(), head.digest())
        .thenApply(
            cached ->
                cached
                    .map(manifest -> Manifests.content(manifest, tag.cached()).info())
                    .orElse(declared));
  }

  private TagAnswer ask(Upstream upstream, KnownTags.Key key) throws RegistryException {
    Optional<ManifestHead> head = head(upstream, key);
    TagAnswer answer =
        head.isPresent()
            ? new TagAnswer(head.get(), TagAnswer.Origin.CHECKED)
            : new TagAnswer(
                headOf(manifests.fetch(upstream, key.repository(), key.tag())),
                TagAnswer.Origin.FETCHED);
    if (answer.manifest().stale().isEmpty()) {
      known.confirm(key, answer.manifest());
    }
    return answer;
  }

  /**
   * What HEAD says; empty when it does not. What it refuses, GET may still answer. So may it after
   * a 429 to HEAD; but a tag that is cached causes no more requests then.
   */
  private Optional<ManifestHead> head(Upstream upstream, KnownTags.Key key)
      throws RegistryException {
    try {
      return upstream.headManifest(key.repository(), key.tag());
    } catch (UpstreamException e) {
      if (e.mayConcernFormOnly() || (isLimit(e) && !known.isCached(key))) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static ManifestHead headOf(StoredManifest manifest) {
    return new ManifestHead(
        manifest.digest(), Optional.of(manifest.mediaType()), OptionalLong.of(manifest.size()));
  }

  /**
   * What the tag named last. A client that only asks which manifest that is, as signature checks
   * do, may have caused no fetch of it: then the upstream's last answer is given.
   */
  private Optional<ManifestInfo> lastKnownInfo(KnownTags.Key key, Forward asked, String reason)
      throws RegistryException {
    Optional<ManifestInfo> cached = known.lastKnown(key, asked, reason).map(ManifestContent::info);
    return cached.isPresent() || calls.absentBefore(target(key), reason).isPresent()
        ? cached
        : known.lastHead(key, asked, reason);
  }
}
