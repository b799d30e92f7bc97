package dev.cistern.proxy;

import dev.cistern.api.Digest;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInfo;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.content.ManifestInfo;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.event.CacheRequest;
import dev.cistern.proxy.event.CacheRequest.Kind;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.DiskUsage;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import dev.cistern.proxy.upstream.UpstreamException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A pull-through cache of one upstream registry.
 *
 * <p>No method blocks, on storage or on the upstream, so all of them may be called on an I/O
 * thread. An answer from memory is a stage that is complete already; other stages are completed on
 * a thread of the cache, which must not be blocked either. A stage fails with a {@link
 * RegistryException}, possibly wrapped in a {@link CompletionException}; where the upstream is the
 * cause it is an {@link UpstreamException}. Thread-safe.
 *
 * <p>An answer by digest carries the bytes of that digest. An answer by tag was confirmed by the
 * upstream just then, or is marked {@link CacheStatus.Stale} when the upstream could not be asked.
 * Each answer says by its {@link CacheStatus} how the cache came to it. The cache promises neither
 * to keep what it fetched nor to have stored it by the time it answers.
 *
 * <p>{@link #close} ends transfers in progress, stores what is complete and then closes the
 * upstream and the storage driver, which the cache owns. Afterwards every request that memory
 * cannot answer fails as {@code UNAVAILABLE}.
 */
public final class PullThroughCache implements AutoCloseable {

  private final Wiring parts;

  PullThroughCache(Wiring parts) {
    this.parts = parts;
  }

  /** Starts to describe a cache. */
  public static PullThroughCacheBuilder builder() {
    return new PullThroughCacheBuilder();
  }

  /** Gets a manifest (end-3). */
  public CompletionStage<ManifestContent> manifest(RepositoryName repository, Reference reference) {
    return tell(
        CacheRequest.of(Kind.MANIFEST, repository, reference),
        parts.pulls.manifest(repository, reference),
        ManifestContent::status);
  }

  /**
   * What a HEAD request answers for a manifest (end-3). By tag it downloads no manifest that it can
   * avoid; by digest it does, since such a client comes back for the content.
   */
  public CompletionStage<ManifestInfo> manifestInfo(
      RepositoryName repository, Reference reference) {
    return tell(
        CacheRequest.of(Kind.MANIFEST_INFO, repository, reference),
        parts.pulls.manifestInfo(repository, reference),
        ManifestInfo::status);
  }

  /**
   * Opens a blob (end-2).
   *
   * @return completes as soon as there is something to answer with; the caller closes the content
   */
  public CompletionStage<BlobContent> blob(RepositoryName repository, Digest digest) {
    return tell(
        CacheRequest.of(Kind.BLOB, repository, digest),
        parts.pulls.blob(repository, digest),
        BlobContent::status);
  }

  /** What a HEAD request answers for a blob (end-2). Downloads nothing. */
  public CompletionStage<BlobInfo> blobInfo(RepositoryName repository, Digest digest) {
    return tell(
        CacheRequest.of(Kind.BLOB_INFO, repository, digest),
        parts.pulls.blobInfo(repository, digest),
        BlobInfo::status);
  }

  /**
   * Lists tags as the upstream does (end-8a, end-8b), or those that are cached when the upstream
   * cannot be asked.
   */
  public CompletionStage<NamePage> tags(RepositoryName repository, Page page) {
    return tell(
        new CacheRequest(Kind.TAGS, Optional.of(repository), Optional.empty()),
        parts.pulls.tags(repository, page),
        NamePage::status);
  }

  /** Lists the repositories of which something is cached. */
  public CompletionStage<NamePage> repositories(Page page) {
    return tell(
        new CacheRequest(Kind.REPOSITORIES, Optional.empty(), Optional.empty()),
        parts.pulls.repositories(page),
        NamePage::status);
  }

  /** Tells the listener how a request ends, and the failing client how long it waited. */
  private <V> CompletionStage<V> tell(
      CacheRequest request, CompletionStage<V> answer, Function<V, CacheStatus> status) {
    CompletableFuture<V> known = answer.toCompletableFuture();
    if (known.isDone() && !known.isCompletedExceptionally()) {
      parts.listener.requestAnswered(request, status.apply(known.join()));
      return answer;
    }
    long start = System.nanoTime();
    return answer
        .handle(
            (value, failure) -> {
              if (failure == null) {
                parts.listener.requestAnswered(request, status.apply(value));
                return CompletableFuture.completedStage(value);
              }
              Throwable cause = told(failure, Duration.ofNanos(System.nanoTime() - start));
              if (cause instanceof RegistryException refusal) {
                parts.listener.requestFailed(request, refusal);
              }
              return CompletableFuture.<V>failedStage(cause);
            })
        .thenCompose(Function.identity());
  }

  private static Throwable told(Throwable failure, Duration waited) {
    Throwable cause = StageFailure.cause(failure);
    return cause instanceof UpstreamException upstream ? upstream.after(waited) : cause;
  }

  /** How much of the disk is used. */
  public DiskUsage diskUsage() {
    return parts.store.usage();
  }

  @Override
  public void close() throws IOException {
    parts.close();
  }
}
