package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInfo;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;

/**
 * Answers the requests for the content of one upstream: from memory, from storage or from the
 * upstream. No method blocks. Thread-safe.
 */
public final class Pulls {

  private final Manifests manifests;
  private final Tags tags;
  private final TagLists lists;
  private final Blobs blobs;

  /**
   * @param driver the storage for manifests, tags and links
   * @param bounded content in the same driver
   * @param memory about how many bytes of manifests and small blobs to keep in memory; 0: none
   */
  public Pulls(
      Upstream upstream,
      StorageDriver driver,
      BoundedStore bounded,
      BlobFetches fetches,
      CacheThreads threads,
      InstantSource clock,
      FreshnessPolicy freshness,
      DeletedTags deleted,
      long memory,
      StorageFaults faults) {
    ContentStore store = new ContentStore(driver);
    UpstreamCalls calls = new UpstreamCalls(upstream, threads.requests());
    BlockingTasks reads = new BlockingTasks(threads.lookups(), "storage");
    HotContent hot = new HotContent(bounded, clock, memory);
    DeclaredSizes sizes = new DeclaredSizes();
    RepositorySizes declared = new RepositorySizes(store, new LinkInventory(driver), sizes, faults);
    TornBlobs torn = new TornBlobs(bounded, sizes, declared, threads.verifications(), faults);
    TagLinks links = new TagLinks(store, faults);
    blobs = new Blobs(upstream, store, bounded, torn, declared, hot, reads, fetches, calls, faults);
    manifests =
        new Manifests(
            bounded, hot, reads, links, calls, sizes, threads.manifestPublishing(), faults);
    KnownTags known =
        new KnownTags(
            store, manifests, links, threads.manifestPublishing(), clock, freshness, faults);
    tags =
        new Tags(
            known, manifests, calls, threads.lookups(), reads, deleted, freshness.staleAfter());
    lists = new TagLists(store, calls, reads, faults);
  }

  /** A manifest with its bytes. */
  public CompletionStage<ManifestContent> manifest(
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
        : manifest(repository, reference, requester).thenApply(ManifestContent::info);
  }

  /** A blob; the caller closes the content. */
  public CompletionStage<BlobContent> blob(
      RepositoryName repository, Digest digest, Requester requester) {
    return blobs.open(repository, digest, requester);
  }

  /** The size of a blob. Fetches no blob. */
  public CompletionStage<BlobInfo> blobInfo(
      RepositoryName repository, Digest digest, Requester requester) {
    return blobs.info(repository, digest, requester);
  }

  /** The upstream's tags, or the cached ones when the upstream does not answer. */
  public CompletionStage<NamePage> tags(RepositoryName repository, Page page, Requester requester) {
    return lists.tags(repository, page, requester);
  }

  /** The repositories that have cached content. */
  public CompletionStage<NamePage> repositories(Page page, Requester requester) {
    return lists.repositories(page, requester);
  }
}
