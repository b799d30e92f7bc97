package dev.cistern.proxy;

import dev.cistern.api.Digest;
import dev.cistern.api.Page;
import dev.cistern.api.RangeSet;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInfo;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.content.Referrers;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheRequest;
import dev.cistern.proxy.event.CacheRequest.Kind;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.internal.cluster.Cluster;
import dev.cistern.proxy.maintenance.Purge;
import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.ContentUse;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.proxy.report.PeerState;
import dev.cistern.proxy.report.TransferState;
import dev.cistern.proxy.upstream.UpstreamException;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A pull-through cache of one or more upstream registries.
 *
 * <p>The repositories of the default upstream have their own names here. Those of another upstream
 * have its name as first component: {@code ghcr.io/owner/image} is {@code owner/image} of the
 * upstream {@code ghcr.io}. Bytes are stored once, but a repository gets them only after its own
 * upstream has shown that it has them.
 *
 * <p>No method blocks on storage or on the upstream, so all methods may be called on an I/O thread.
 * An answer from memory is a stage that is complete already. Other stages are completed on a thread
 * of the cache, which must not be blocked either. A stage fails with a {@link RegistryException},
 * possibly wrapped in a {@link CompletionException}; it is an {@link UpstreamException} when the
 * upstream failed. Thread-safe.
 *
 * <p>An answer by digest has the bytes of that digest. An answer by tag was just confirmed by the
 * upstream, or is fresh by the {@link dev.cistern.proxy.policy.FreshnessPolicy}, or is marked
 * {@link CacheStatus.Stale} when the upstream did not answer, or no longer gives out the tag (see
 * {@link dev.cistern.proxy.policy.DeletedTags}). The {@link CacheStatus} of an answer says which.
 * The cache does not promise to store what it fetches, nor to have stored it when it answers.
 *
 * <p>{@link #close} ends transfers in progress, stores complete ones, and then closes the upstream
 * and the storage driver, which the cache owns. Afterwards every request that memory cannot answer
 * fails as {@code UNAVAILABLE}. Closing it again only waits for the first closing to end.
 */
public final class PullThroughCache implements AutoCloseable {

  private static final CompletionStage<Optional<URI>> NO_URL =
      CompletableFuture.completedStage(Optional.empty());

  private final Wiring parts;
  private final ClientRequests requests;

  PullThroughCache(Wiring parts) {
    this.parts = parts;
    requests = new ClientRequests(parts.registries, parts.listener);
  }

  /** Returns a builder with the defaults. */
  public static PullThroughCacheBuilder builder() {
    return new PullThroughCacheBuilder();
  }

  /** Gets a manifest (end-3). */
  public CompletionStage<ManifestContent> manifest(RepositoryName repository, Reference reference) {
    return manifest(repository, reference, Requester.UNKNOWN);
  }

  /** Gets a manifest for a requester that may leave. */
  public CompletionStage<ManifestContent> manifest(
      RepositoryName repository, Reference reference, Requester requester) {
    return requests.answer(
        CacheRequest.of(Kind.MANIFEST, repository, reference),
        requester,
        pulls -> pulls.manifest(repository, reference, requester),
        ManifestContent::status);
  }

  /**
   * Answers a HEAD request for a manifest (end-3). By tag it fetches the manifest only if it must.
   * By digest it fetches the manifest, because such a client requests it next.
   */
  public CompletionStage<ManifestInfo> manifestInfo(
      RepositoryName repository, Reference reference) {
    return manifestInfo(repository, reference, Requester.UNKNOWN);
  }

  /** Answers a HEAD request for a manifest, for a requester that may leave. */
  public CompletionStage<ManifestInfo> manifestInfo(
      RepositoryName repository, Reference reference, Requester requester) {
    return requests.answer(
        CacheRequest.of(Kind.MANIFEST_INFO, repository, reference),
        requester,
        pulls -> pulls.manifestInfo(repository, reference, requester),
        ManifestInfo::status);
  }

  /**
   * Opens a blob (end-2).
   *
   * @return completes when the answer can begin; the caller closes the content
   */
  public CompletionStage<BlobContent> blob(RepositoryName repository, Digest digest) {
    return blob(repository, digest, Requester.UNKNOWN);
  }

  /** Opens a blob for a requester that may leave. */
  public CompletionStage<BlobContent> blob(
      RepositoryName repository, Digest digest, Requester requester) {
    return requests.answer(
        CacheRequest.of(Kind.BLOB, repository, digest),
        requester,
        pulls -> pulls.blob(repository, digest, requester),
        BlobContent::status);
  }

  /**
   * Opens ranges of a blob, for a requester that may leave. Where {@link
   * PullThroughCacheBuilder#rangeFetch} says so, only these are fetched, and only these can be read
   * then: they are not verified. So use this for clients that have asked for ranges.
   */
  public CompletionStage<BlobContent> blob(
      RepositoryName repository, Digest digest, RangeSet ranges, Requester requester) {
    return requests.answer(
        CacheRequest.of(Kind.BLOB, repository, digest),
        requester,
        pulls -> pulls.blob(repository, digest, ranges, requester),
        BlobContent::status);
  }

  /** Whether {@link #blobUrl} may have URLs: not so without {@link LocalTier#redirectFrom}. */
  public boolean givesBlobUrls() {
    return parts.givesUrls();
  }

  /**
   * Where a client can get a blob itself, by GET and without credentials, if the cache has {@link
   * LocalTier#redirectFrom} and its remote storage has the blob. The URL is a secret of this client
   * for the few minutes that it lasts. Ask before {@link #blob}, which is for all other blobs.
   *
   * @return empty at once if there are no such URLs; never waits for the upstream
   */
  public CompletionStage<Optional<URI>> blobUrl(RepositoryName repository, Digest digest) {
    if (!parts.givesUrls()) {
      return NO_URL;
    }
    CacheRequest request = CacheRequest.of(Kind.BLOB, repository, digest);
    CompletionStage<Optional<URI>> url =
        requests.ask(request, pulls -> pulls.blobUrl(repository, digest));
    return url.whenComplete(
        (found, failure) -> {
          if (failure == null && found.isPresent()) {
            requests.reportHit(request);
          }
        });
  }

  /** Answers a HEAD request for a blob (end-2). Fetches no blob. */
  public CompletionStage<BlobInfo> blobInfo(RepositoryName repository, Digest digest) {
    return blobInfo(repository, digest, Requester.UNKNOWN);
  }

  /** Answers a HEAD request for a blob, for a requester that may leave. */
  public CompletionStage<BlobInfo> blobInfo(
      RepositoryName repository, Digest digest, Requester requester) {
    return requests.answer(
        CacheRequest.of(Kind.BLOB_INFO, repository, digest),
        requester,
        pulls -> pulls.blobInfo(repository, digest, requester),
        BlobInfo::status);
  }

  /**
   * Lists the upstream's tags (end-8a, end-8b), or the cached tags when the upstream does not
   * answer.
   */
  public CompletionStage<NamePage> tags(RepositoryName repository, Page page) {
    return tags(repository, page, Requester.UNKNOWN);
  }

  /** Lists tags for a requester that may leave. */
  public CompletionStage<NamePage> tags(RepositoryName repository, Page page, Requester requester) {
    return requests.answer(
        new CacheRequest(Kind.TAGS, Optional.of(repository), Optional.empty()),
        requester,
        pulls -> pulls.tags(repository, page, requester),
        NamePage::status);
  }

  /**
   * Lists the referrers of a manifest (end-12a, end-12b): signatures, attestations, SBOMs. Where
   * the upstream has no referrers API, the list is that of the tag that replaces it. A list gives
   * no right to read what it names.
   *
   * @param artifactType only referrers of this type; empty for all
   * @param page the part of the list; without a count, as much as fits into 4 MiB
   */
  public CompletionStage<Referrers> referrers(
      RepositoryName repository, Digest subject, Optional<String> artifactType, Page page) {
    return referrers(repository, subject, artifactType, page, Requester.UNKNOWN);
  }

  /** Lists referrers for a requester that may leave. */
  public CompletionStage<Referrers> referrers(
      RepositoryName repository,
      Digest subject,
      Optional<String> artifactType,
      Page page,
      Requester requester) {
    return requests.answer(
        CacheRequest.of(Kind.REFERRERS, repository, subject),
        requester,
        pulls -> pulls.referrers(repository, subject, artifactType, page, requester),
        Referrers::status);
  }

  /** Lists the repositories that have cached content. */
  public CompletionStage<NamePage> repositories(Page page) {
    return repositories(page, Requester.UNKNOWN);
  }

  /** Lists repositories for a requester that may leave. */
  public CompletionStage<NamePage> repositories(Page page, Requester requester) {
    return requests.report(
        new CacheRequest(Kind.REPOSITORIES, Optional.empty(), Optional.empty()),
        requester,
        parts.registries.main().pulls().repositories("", page, requester),
        NamePage::status);
  }

  /**
   * Lists the repositories of one upstream that have cached content, by their names there.
   *
   * @param component the first component of their names in this cache
   */
  public CompletionStage<NamePage> repositories(String component, Page page, Requester requester) {
    return requests.report(
        new CacheRequest(Kind.REPOSITORIES, Optional.empty(), Optional.empty()),
        requester,
        parts.registries.main().pulls().repositories(component + "/", page, requester),
        NamePage::status);
  }

  /**
   * The upstream of a repository, whether or not it has that repository, as caches of a cluster
   * name it to each other: {@code ghcr.io/ghcr.io}, or {@code registry-1.docker.io} for the default
   * upstream.
   *
   * @return the start of the names of its repositories in this cache, and its own name
   * @throws RegistryException if too many upstreams that are not listed are in use
   */
  public String upstreamOf(RepositoryName repository) throws RegistryException {
    return parts.registries.of(repository).identity();
  }

  /**
   * Takes up the upstreams, the limits and the memory of a builder, without waiting for storage.
   *
   * <p>An upstream whose {@link UpstreamOptions} are the same object as before goes on as it is.
   * For the others, requests and transfers in progress end as they began. Smaller limits evict
   * content within a second or, for what a transfer needs, at once. All else that the builder says
   * is ignored: name, storage, spool directory, listeners, retries and clock.
   *
   * @param changed a builder with a default upstream
   */
  public void reconfigure(PullThroughCacheBuilder changed) {
    parts.reconfigure(changed);
  }

  /**
   * Removes an image or a whole repository from the cache, also if it is pinned: {@link Purge} says
   * what that means. The next request fetches it from the upstream again. What is being stored is
   * removed, too. Blobs of the repository that are being fetched go to their readers, and are not
   * stored; a manifest that is being fetched may be cached afterwards. No rule of {@link
   * UpstreamOptions} denies this.
   *
   * @param reference a tag or a digest; empty for the whole repository
   */
  public CompletionStage<PurgeReport> purge(
      RepositoryName repository, Optional<Reference> reference) {
    try {
      return parts.purge(parts.registries.of(repository), repository, reference);
    } catch (RegistryException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  /** How much is cached at most, and for how long, by the latest configuration. */
  public Limits limits() {
    return parts.store.limits();
  }

  /** The addresses of the cluster, this cache included; none if it works alone. */
  public List<PeerState> peers() {
    return parts.cluster.map(Cluster::peers).orElse(List.of());
  }

  /**
   * Asks whether the disk that transfers need answers at all, if only with a failure: then content
   * is passed through. A server answers {@code GET /v2/} of a peer after this, so that its peers
   * pass over a cache whose disk hangs. At most one question is in progress, and its answer counts
   * for a second.
   *
   * @return never completes if the disk hangs
   */
  public CompletionStage<@Nullable Void> diskAnswer() {
    return parts.disk.ask();
  }

  /** How much of the disk is used. */
  public DiskUsage diskUsage() {
    return parts.store.usage();
  }

  /** The fetches that wait or are in progress, in no order. Counts their readers, so not cheap. */
  public List<TransferState> transfers() {
    return parts.fetches.inProgress();
  }

  /** Where what this has answered with is stored. */
  StoredCopies copies() {
    return parts.copies;
  }

  /**
   * How many blobs, manifests and tags are being copied to a {@linkplain
   * dev.cistern.storage.StorageTrait#REMOTE remote} storage, or wait for that. {@link #close} waits
   * for half a minute only.
   */
  public int pendingUploads() {
    return parts.pendingUploads();
  }

  /** When a blob or manifest was used last; empty if it is not cached, or not counted yet. */
  public Optional<ContentUse> use(Digest digest) {
    return parts.store.use(digest);
  }

  /**
   * What is evicted next: the content that was used the longest ago, the oldest first, without what
   * is pinned. Looks at the whole index in memory: 50 ms for a million blobs.
   *
   * @param most how many to return at most
   */
  public List<ContentUse> leastRecentlyUsed(int most) {
    return parts.store.leastRecentlyUsed(most);
  }

  /**
   * Evicts now what the limits require, as the cache does by itself after each {@link
   * Limits#sweep}, and removes links without content. Lists the whole store for that, in the
   * background. Sweeps run one after the other. It is what {@link
   * dev.cistern.proxy.maintenance.GarbageCollection} does without a cache, by uses that are in
   * memory. With a {@link LocalTier}, it is for the local directory.
   */
  public CompletionStage<GarbageReport> sweep() {
    return parts.store.sweep();
  }

  @Override
  public void close() throws IOException {
    parts.close();
  }
}
