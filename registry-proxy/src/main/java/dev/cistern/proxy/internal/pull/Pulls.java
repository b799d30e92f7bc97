package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.Page;
import dev.cistern.api.RangeSet;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInfo;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.content.Referrers;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.UpstreamThreads;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.RangeFetches;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.upstream.Upstream;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Answers the requests for the content of one upstream: from memory, from storage or from the
 * upstream. No method blocks. Thread-safe.
 */
public final class Pulls {

  private final Manifests manifests;
  private final KnownTags known;
  private final Tags tags;
  private final TagLists lists;
  private final CatalogWalks catalog;
  private final ReferrerLists referrers;
  private final Blobs blobs;
  private final BlobHeads heads;
  private final LayerPrefetch prefetch;

  /**
   * Answers from one upstream.
   *
   * @param cached the content that is cached for all upstreams
   * @param fetches the transfers for all upstreams
   * @param ranges the transfers of parts, for all upstreams
   * @param threads the threads of this upstream
   * @param prefetching of how many transfers at once to use half for blobs that clients have not
   *     asked for; 0: none
   */
  public Pulls(
      Upstream upstream,
      CachedContent cached,
      BlobFetches fetches,
      RangeFetches ranges,
      UpstreamThreads threads,
      FreshnessPolicy freshness,
      DeletedTags deleted,
      RangeFetch rangeFetch,
      int prefetching) {
    UpstreamCalls calls = new UpstreamCalls(upstream, cached.clock, queues(cached, threads));
    BlobSources sources =
        new BlobSources(
            upstream, cached.declared, cached.shared, cached.cluster, threads, fetches::largest);
    heads =
        new BlobHeads(
            cached.blobs,
            cached.reads,
            fetches,
            rangeFetch == RangeFetch.RELAY ? Optional.of(ranges) : Optional.empty(),
            cached.shared,
            calls);
    blobs =
        new Blobs(
            cached.blobs,
            cached.reads,
            cached.declared,
            fetches,
            ranges,
            rangeFetch,
            sources,
            heads,
            cached.shared);
    prefetch = new LayerPrefetch(blobs::open, sources::isElsewhere, prefetching, System::nanoTime);
    manifests =
        new Manifests(
            cached.bounded,
            cached.hot,
            cached.reads,
            cached.links,
            calls,
            cached.sizes,
            cached.threads.manifestPublishing(),
            cached.unpublished,
            cached.shared,
            cached.faults);
    known =
        new KnownTags(
            cached.store,
            manifests,
            cached.links,
            cached.threads.manifestPublishing(),
            cached.clock,
            freshness,
            cached.shared,
            cached.faults);
    tags =
        new Tags(
            known,
            manifests,
            calls,
            cached.threads.lookups(),
            cached.reads,
            deleted,
            freshness.staleAfter());
    lists =
        new TagLists(
            cached.store,
            calls,
            cached.threads.lookups(),
            cached.reads,
            freshness.staleAfter(),
            cached.faults);
    catalog = new CatalogWalks(cached.store, cached.reads);
    referrers = new ReferrerLists(cached, manifests, calls, freshness, deleted);
  }

  /** Calls that wait for another cache of the cluster must not wait for the same threads as it. */
  private static UpstreamCalls.CallQueues queues(CachedContent cached, UpstreamThreads threads) {
    return (target, forPeer) ->
        !forPeer && cached.cluster.isPresent() && cached.cluster.get().isElsewhere(target)
            ? threads.peerRequests()
            : threads.requests();
  }

  /** Forgets what the upstream has answered for tags and referrers of a repository. */
  public void forget(RepositoryName repository) {
    known.forget(repository);
    referrers.forget(repository);
  }

  /** A manifest with its bytes. */
  public CompletionStage<ManifestContent> manifest(
      RepositoryName repository, Reference reference, Requester requester) {
    CompletionStage<ManifestContent> found = found(repository, reference, requester);
    // The cache that asks on behalf of a client fetches the rest for it.
    return requester.isPeer() || requester.requestsAll() || found.toCompletableFuture().isDone()
        ? found
        : found.thenApply(
            manifest -> {
              prefetch.fetched(repository, manifest);
              return manifest;
            });
  }

  private CompletionStage<ManifestContent> found(
      RepositoryName repository, Reference reference, Requester requester) {
    return reference instanceof Digest digest
        ? manifests.byDigest(repository, digest, requester)
        : tags.manifest(repository, (Tag) reference, requester);
  }

  /** Digest, type and size of a manifest. By tag it fetches the manifest only if it must. */
  public CompletionStage<ManifestInfo> manifestInfo(
      RepositoryName repository, Reference reference, Requester requester) {
    return reference instanceof Tag tag
        ? tags.info(repository, tag, requester)
        : found(repository, reference, requester).thenApply(ManifestContent::info);
  }

  /** A blob; the caller closes the content. */
  public CompletionStage<BlobContent> blob(
      RepositoryName repository, Digest digest, Requester requester) {
    return blobs.open(repository, digest, prefetch.asked(repository, digest), requester);
  }

  /** Ranges of a blob; the caller closes the content. */
  public CompletionStage<BlobContent> blob(
      RepositoryName repository, Digest digest, RangeSet ranges, Requester requester) {
    return blobs.open(repository, digest, ranges, prefetch.asked(repository, digest), requester);
  }

  /** Where a client can get a blob itself; empty if it cannot. Never asks the upstream. */
  public CompletionStage<Optional<URI>> blobUrl(RepositoryName repository, Digest digest) {
    return blobs.url(repository, digest);
  }

  /** The size of a blob. Fetches no blob. */
  public CompletionStage<BlobInfo> blobInfo(
      RepositoryName repository, Digest digest, Requester requester) {
    return heads.info(repository, digest, requester);
  }

  /** The upstream's tags, or the cached ones when the upstream does not answer. */
  public CompletionStage<NamePage> tags(RepositoryName repository, Page page, Requester requester) {
    return lists.tags(repository, page, requester);
  }

  /**
   * A page of the referrers of a manifest.
   *
   * @param artifactType only these; empty for all
   */
  public CompletionStage<Referrers> referrers(
      RepositoryName repository,
      Digest subject,
      Optional<String> artifactType,
      Page page,
      Requester requester) {
    return referrers.referrers(repository, subject, artifactType, page, requester);
  }

  /**
   * The repositories that have cached content.
   *
   * @param prefix the start of the names to list, which is left out; empty for all
   */
  public CompletionStage<NamePage> repositories(String prefix, Page page, Requester requester) {
    return catalog.repositories(prefix, page, requester);
  }
}
