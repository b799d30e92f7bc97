package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.cluster.Cluster;
import dev.cistern.proxy.internal.cluster.PeerBlob;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.fetch.BlobSource;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where one fetch of a blob gets its bytes: from the shared store if the repository has the blob
 * there, else from the cache of the cluster that owns it, else from the upstream. Bytes of the
 * shared store that turned out to be wrong are deleted there, and fetched from the upstream. For
 * one thread at a time.
 */
final class BlobOrigin implements BlobSource {

  private final Upstream upstream;
  private final RepositoryName repository;
  private final Digest digest;
  private final RepositorySizes declared;
  private final Optional<SharedStore> shared;
  private final Optional<Cluster> cluster;
  private final LongSupplier largest;

  private volatile SharedStore.@Nullable Shared last;
  private volatile @Nullable UpstreamBlob before;
  private volatile boolean distrusted;

  /**
   * @param largest the largest size of a blob in bytes
   */
  BlobOrigin(
      Upstream upstream,
      RepositoryName repository,
      Digest digest,
      RepositorySizes declared,
      Optional<SharedStore> shared,
      Optional<Cluster> cluster,
      LongSupplier largest) {
    this.cluster = cluster;
    this.largest = largest;
    this.upstream = upstream;
    this.repository = repository;
    this.digest = digest;
    this.declared = declared;
    this.shared = shared;
  }

  @Override
  public String name() {
    return upstream.name();
  }

  @Override
  public boolean isDeclared(long size) {
    return declared.confirms(digest, size);
  }

  @Override
  public boolean isCached() {
    return last != null;
  }

  /** What only peers have sent is stored there. */
  @Override
  public boolean isWorthKeeping() {
    return cluster.isEmpty()
        || !(before instanceof PeerBlob blob && blob.isFromPeers())
        || cluster.get().isWorthKeeping(digest);
  }

  @Override
  public Optional<Parts> parts() {
    return isCached()
        ? Optional.empty()
        : Optional.of(
            part -> UpstreamWork.withoutPeers(() -> upstream.blob(repository, digest, part)));
  }

  @Override
  public UpstreamBlob open(ResumePoint from) throws RegistryException {
    UpstreamBlob opened =
        areDistrusted(from) ? UpstreamWork.withoutPeers(() -> openNext(from)) : openNext(from);
    if (opened instanceof PeerBlob && !isPossible(opened.totalLength())) {
      // The upstream may be right. A client must not get this size in the headers of its answer.
      opened.cancel();
      opened.close();
      opened = UpstreamWork.withoutPeers(() -> openNext(from));
    }
    before = opened;
    return opened;
  }

  /**
   * Whether peers are not asked any more: what came had another digest, and a peer would send the
   * same again; or a peer failed, and no other one could go on there, perhaps because there is no
   * such byte.
   */
  private boolean areDistrusted(ResumePoint from) {
    return (before != null && from.position() == 0)
        || (before instanceof PeerBlob blob && blob.hasFailed());
  }

  private boolean isPossible(OptionalLong size) {
    return size.isEmpty() || isPossible(size.getAsLong());
  }

  private boolean isPossible(long size) {
    return size <= largest.getAsLong() && !declared.contradicts(digest, size);
  }

  private UpstreamBlob openNext(ResumePoint from) throws RegistryException {
    SharedStore.Shared stored = last;
    last = null;
    if (shared.isEmpty()) {
      return upstream.blob(repository, digest, from);
    }
    if (stored != null && stored.isComplete() && from.position() == 0) {
      // All bytes were read, and yet they are wanted once more: they have another digest.
      distrusted = true;
      shared.get().discard(digest, stored.blob().totalLength().orElse(-1));
    }
    if (!distrusted) {
      Optional<SharedStore.Shared> found =
          shared
              .get()
              .blob(
                  repository,
                  digest,
                  from,
                  this::isPossible,
                  rest -> upstream.blob(repository, digest, rest));
      if (found.isPresent()) {
        last = found.get();
        return found.get().blob();
      }
    }
    return upstream.blob(repository, digest, from);
  }
}
