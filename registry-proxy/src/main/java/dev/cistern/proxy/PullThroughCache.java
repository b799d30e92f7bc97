package dev.cistern.proxy;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Freshness;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.event.DiskUsage;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.concurrent.StorageReads;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.fetch.SpoolDirectory;
import dev.cistern.proxy.internal.guard.GuardedUpstream;
import dev.cistern.proxy.internal.guard.RememberingUpstream;
import dev.cistern.proxy.internal.guard.UpstreamCalls;
import dev.cistern.proxy.internal.pull.Blobs;
import dev.cistern.proxy.internal.pull.DeclaredSizes;
import dev.cistern.proxy.internal.pull.Failures;
import dev.cistern.proxy.internal.pull.HotContent;
import dev.cistern.proxy.internal.pull.Manifests;
import dev.cistern.proxy.internal.pull.ResolvedTag;
import dev.cistern.proxy.internal.pull.TagLinks;
import dev.cistern.proxy.internal.pull.Tags;
import dev.cistern.proxy.internal.pull.TornBlobs;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A pull-through cache of one upstream registry.
 *
 * <p>Nothing that is asked of it blocks, on storage or on the upstream, so that it may be asked on
 * an I/O thread. What is in memory comes as a stage that is complete already; other stages are
 * completed on a thread of the cache, which is not to be blocked either. A stage fails with a
 * {@link RegistryException}, possibly wrapped in a {@link
 * java.util.concurrent.CompletionException}. Thread-safe.
 *
 * <p>What it answers by digest carries the bytes of that digest. What it answers by tag was
 * confirmed by the upstream just then, or is marked {@link Freshness.Stale} when the upstream could
 * not be asked. It promises neither to keep what it fetched nor to have stored it by the time it
 * answers.
 *
 * <p>{@link #close} ends transfers on their way, stores what is complete and then closes the
 * upstream and the storage driver, which the cache owns.
 */
public final class PullThroughCache implements AutoCloseable {

  private final Upstream upstream;
  private final StorageDriver driver;
  private final ContentStore store;
  private final SpoolDirectory spools;
  private final StorageFaults faults;
  private final BoundedStore bounded;
  private final CacheThreads threads;
  private final StorageReads reads;
  private final UpstreamCalls calls;
  private final BlobFetches fetches;
  private final Blobs blobs;
  private final Manifests manifests;
  private final Tags tags;

  PullThroughCache(PullThroughCacheBuilder options) {
    threads = new CacheThreads(options.maxTransfers());
    upstream =
        new RememberingUpstream(
            new GuardedUpstream(options.upstream(), options.clock(), threads.probing()),
            options.negativeTtl(),
            options.clock());
    calls = new UpstreamCalls(upstream, threads.requests());
    driver = options.driver();
    store = new ContentStore(driver);
    spools = SpoolDirectory.under(options.spoolDirectory());
    faults = new StorageFaults(options.clock());
    bounded =
        new BoundedStore(driver, options.limits(), spools.leftovers(), options.clock(), faults);
    HotContent hot = new HotContent(bounded, options.clock(), options.memory());
    reads = new StorageReads(threads.lookups());
    fetches =
        new BlobFetches(
            bounded,
            spools,
            threads.transfers(),
            threads.receiving(),
            threads.blobPublishing(),
            options.retries(),
            faults);
    DeclaredSizes sizes = new DeclaredSizes();
    TornBlobs torn = new TornBlobs(bounded, sizes, threads.inspections(), faults);
    blobs = new Blobs(upstream, store, bounded, torn, hot, reads, fetches, calls, faults);
    TagLinks links = new TagLinks(store, faults);
    manifests =
        new Manifests(
            bounded, hot, reads, links, calls, sizes, threads.manifestPublishing(), faults);
    tags =
        new Tags(
            store,
            manifests,
            links,
            calls,
            threads.manifestPublishing(),
            threads.lookups(),
            options.clock(),
            options.freshness(),
            faults);
    bounded.start();
  }

  /** Starts to describe a cache. */
  public static PullThroughCacheBuilder builder() {
    return new PullThroughCacheBuilder();
  }

  /** Gets a manifest (end-3). */
  public CompletionStage<ManifestContent> manifest(RepositoryName repository, Reference reference) {
    if (reference instanceof Digest digest) {
      return manifests
          .byDigest(repository, digest)
          .thenApply(manifest -> content(manifest, Freshness.FRESH));
    }
    Tag tag = (Tag) reference;
    return Failures.recover(
        tags.resolve(repository, tag).thenCompose(resolved -> content(repository, resolved)),
        reads,
        cause ->
            tags.lastKnown(repository, tag, cause.getMessage())
                .flatMap(PullThroughCache::contentOf));
  }

  private CompletionStage<ManifestContent> content(RepositoryName repository, ResolvedTag tag) {
    return contentOf(tag)
        .<CompletionStage<ManifestContent>>map(CompletableFuture::completedStage)
        .orElseGet(
            () ->
                manifests
                    .byDigest(repository, tag.manifest().digest())
                    .thenApply(manifest -> content(manifest, tag.freshness())));
  }

  private static Optional<ManifestContent> contentOf(ResolvedTag tag) {
    return tag.content().map(manifest -> content(manifest, tag.freshness()));
  }

  /**
   * What a HEAD request answers for a manifest (end-3). Downloads no manifest that it can avoid.
   */
  public CompletionStage<ManifestInfo> manifestInfo(
      RepositoryName repository, Reference reference) {
    if (reference instanceof Digest) {
      // Whoever asks this way comes back for the content.
      return manifest(repository, reference).thenApply(ManifestContent::info);
    }
    Tag tag = (Tag) reference;
    return Failures.recover(
        tags.resolve(repository, tag).thenCompose(resolved -> info(repository, resolved)),
        reads,
        cause ->
            tags.lastKnown(repository, tag, cause.getMessage())
                .flatMap(PullThroughCache::contentOf)
                .map(ManifestContent::info));
  }

  private CompletionStage<ManifestInfo> info(RepositoryName repository, ResolvedTag tag) {
    ManifestHead head = tag.manifest();
    // Size and type are the upstream's word; what is here is better known.
    if (tag.content().isPresent() || head.mediaType().isEmpty() || head.size().isEmpty()) {
      return content(repository, tag).thenApply(ManifestContent::info);
    }
    return manifests
        .cached(repository, head.digest())
        .thenApply(
            here ->
                here.map(manifest -> content(manifest, tag.freshness()).info())
                    .orElseGet(
                        () ->
                            new ManifestInfo(
                                head.digest(),
                                head.mediaType().get(),
                                head.size().getAsLong(),
                                tag.freshness())));
  }

  private static ManifestContent content(StoredManifest manifest, Freshness freshness) {
    return new ManifestContent(manifest.digest(), manifest.mediaType(), manifest.body(), freshness);
  }

  /**
   * Opens a blob (end-2).
   *
   * @return completes as soon as there is something to answer with; the caller closes the content
   */
  public CompletionStage<BlobContent> blob(RepositoryName repository, Digest digest) {
    return blobs.open(repository, digest);
  }

  /**
   * The size of a blob in bytes (end-2, HEAD); empty when the upstream has it and does not say how
   * large it is. Downloads nothing.
   */
  public CompletionStage<OptionalLong> blobSize(RepositoryName repository, Digest digest) {
    return blobs.size(repository, digest);
  }

  /**
   * Lists tags as the upstream does (end-8a, end-8b), or those that are cached when the upstream
   * cannot be asked.
   */
  public CompletionStage<NamePage> tags(RepositoryName repository, Page page) {
    return Failures.recover(
        calls.start(
            registry -> {
              TagList list = registry.tags(repository, page);
              return new NamePage(list.tags(), list.next());
            }),
        reads,
        cause -> cachedTags(repository, page));
  }

  private Optional<NamePage> cachedTags(RepositoryName repository, Page page) {
    try {
      List<String> cached = store.tags(repository).stream().map(Tag::value).toList();
      return cached.isEmpty() ? Optional.empty() : Optional.of(NamePage.of(cached, page));
    } catch (IOException e) {
      faults.report(StorageFault.READ, "Could not list the cached tags of " + repository, e);
      return Optional.empty();
    }
  }

  /** Lists the repositories of which something is cached. */
  public CompletionStage<NamePage> repositories(Page page) {
    return reads.lookAndGoOn(
        () -> {
          try {
            List<String> cached = store.repositories().stream().map(RepositoryName::value).toList();
            return CompletableFuture.completedStage(NamePage.of(cached, page));
          } catch (IOException e) {
            return CompletableFuture.failedStage(
                new RegistryException(
                    ErrorCode.UNAVAILABLE, "The cached repositories cannot be listed", e));
          }
        });
  }

  /** How much of the disk is used. */
  public DiskUsage diskUsage() {
    return bounded.usage();
  }

  /** How many contents have gone for this reason since the start. */
  public long evicted(EvictionReason reason) {
    return bounded.evicted(reason);
  }

  /** How often storage has failed in this way since the start. */
  public long storageFaults(StorageFault kind) {
    return faults.count(kind);
  }

  @Override
  public void close() throws IOException {
    fetches.close();
    upstream.close();
    threads.close();
    bounded.close();
    try {
      spools.close();
    } finally {
      driver.close();
    }
  }
}
