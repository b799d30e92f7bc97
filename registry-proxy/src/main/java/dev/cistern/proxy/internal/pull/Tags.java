package dev.cistern.proxy.internal.pull;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.Freshness;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.guard.UpstreamCalls;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What tags mean. Each question goes to the upstream, shared by those who ask meanwhile: HEAD, or
 * GET where the upstream does not answer that. Those who could have an older answer wait for a
 * bounded time only; the question stays on its way. Thread-safe.
 */
public final class Tags {

  private static final Logger log = LoggerFactory.getLogger(Tags.class);
  private static final int MAX_REMEMBERED = 100_000;

  /** How often to look whether storage still says what it said: eviction takes tags too. */
  private static final Duration LOOKED_AGAIN = Duration.ofMinutes(1);

  /**
   * What the upstream said.
   *
   * @param time when it said so
   * @param written when storage was last known to say the same; {@link Instant#MIN}: never
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
  private final InstantSource clock;
  private final FreshnessPolicy policy;
  private final StorageFaults faults;
  private final TagChecks checks;
  private final Cache<TagChecks.Key, Confirmation> confirmations =
      CacheBuilder.newBuilder().maximumSize(MAX_REMEMBERED).build();

  /**
   * The tags of one upstream.
   *
   * @param publishing the one thread that {@code links} is used on
   * @param lookups where storage is asked when the upstream takes too long
   */
  public Tags(
      ContentStore store,
      Manifests manifests,
      TagLinks links,
      UpstreamCalls calls,
      Executor publishing,
      Executor lookups,
      InstantSource clock,
      FreshnessPolicy policy,
      StorageFaults faults) {
    this.store = store;
    this.manifests = manifests;
    this.links = links;
    this.calls = calls;
    this.publishing = publishing;
    this.lookups = lookups;
    this.clock = clock;
    this.policy = policy;
    this.faults = faults;
    checks = new TagChecks(policy.staleAfter());
  }

  /**
   * Says which manifest a tag names: what the upstream says now, what it said a moment ago where
   * the policy lets that stand, or what was last known when the upstream takes too long to say.
   * Does not block. Fails as the upstream does; then {@link #lastKnown} may help.
   */
  public CompletionStage<ResolvedTag> resolve(RepositoryName repository, Tag tag) {
    TagChecks.Key key = new TagChecks.Key(repository, tag);
    Optional<ManifestHead> standing = standing(key);
    if (standing.isPresent()) {
      return CompletableFuture.completedStage(ResolvedTag.confirmed(standing.get()));
    }
    TagChecks.Check check = checks.join(key, () -> calls.start(upstream -> ask(upstream, key)));
    CompletableFuture<ResolvedTag> resolved = check.answer().thenApply(ResolvedTag::confirmed);
    if (resolved.isDone()) {
      return resolved;
    }
    Future<?> unused =
        check
            .overdue()
            .thenRunAsync(
                () -> {
                  if (!resolved.isDone()) {
                    lastKnown(repository, tag, "the upstream takes too long to answer")
                        .ifPresent(resolved::complete);
                  }
                },
                lookups);
    return resolved;
  }

  private Optional<ManifestHead> standing(TagChecks.Key key) {
    if (policy.freshness().isZero()) {
      return Optional.empty();
    }
    Confirmation last = confirmations.getIfPresent(key);
    return last != null && policy.stands(last.time, clock.instant())
        ? Optional.of(last.manifest)
        : Optional.empty();
  }

  private ManifestHead ask(Upstream upstream, TagChecks.Key key) throws RegistryException {
    Optional<ManifestHead> head = upstream.headManifest(key.repository(), key.tag());
    ManifestHead answer =
        head.isPresent()
            ? head.get()
            : ResolvedTag.headOf(manifests.fetch(upstream, key.repository(), key.tag()));
    confirm(key, answer);
    return answer;
  }

  private void confirm(TagChecks.Key key, ManifestHead manifest) {
    Digest digest = manifest.digest();
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
            "Storage is too slow: tag " + key.tag() + " of " + key.repository() + " is not kept",
            e);
      }
    }
  }

  private void write(TagChecks.Key key, Digest digest) {
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

  /**
   * The manifest that a tag last led to, for when the upstream cannot say what it means now. Blocks
   * on storage; a failing one has nothing.
   *
   * @param reason why the upstream cannot say
   */
  public Optional<ResolvedTag> lastKnown(RepositoryName repository, Tag tag, String reason) {
    try {
      Optional<StoredManifest> manifest =
          store.tag(repository, tag).flatMap(digest -> manifests.cachedNow(repository, digest));
      if (manifest.isEmpty()) {
        return Optional.empty();
      }
      log.debug("Tag {} of {} is answered from the cache: {}", tag, repository, reason);
      Freshness.Stale stale =
          new Freshness.Stale(
              sinceConfirmed(new TagChecks.Key(repository, tag), manifest.get().digest()), reason);
      return Optional.of(ResolvedTag.stale(manifest.get(), stale));
    } catch (IOException e) {
      faults.report(StorageFault.READ, "Could not read tag " + tag + " of " + repository, e);
      return Optional.empty();
    }
  }

  private Duration sinceConfirmed(TagChecks.Key key, Digest digest) throws IOException {
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
