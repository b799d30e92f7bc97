package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.cluster.Cluster;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.concurrent.UpstreamThreads;
import dev.cistern.proxy.internal.fetch.BlobSource;
import dev.cistern.proxy.internal.shared.SharedStore;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamException;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Where the blobs of one upstream are fetched from: the shared store, other caches of the cluster,
 * the upstream. Thread-safe.
 */
final class BlobSources {

  private final Upstream upstream;
  private final RepositorySizes declared;
  private final Optional<SharedStore> shared;
  private final Optional<Cluster> cluster;
  private final LongSupplier largest;
  private final TransferThreads threads;
  private final TransferThreads peerThreads;

  /**
   * @param upstream asks the caches of {@code cluster} first
   * @param declared the sizes that manifests declare
   * @param threads fetch blobs
   * @param largest the largest size of a blob in bytes
   */
  BlobSources(
      Upstream upstream,
      RepositorySizes declared,
      Optional<SharedStore> shared,
      Optional<Cluster> cluster,
      UpstreamThreads threads,
      LongSupplier largest) {
    this.largest = largest;
    this.upstream = upstream;
    this.declared = declared;
    this.shared = shared;
    this.cluster = cluster;
    this.threads = threads.transferring();
    peerThreads = threads.transferringFromPeers();
  }

  /** The source of one fetch. */
  BlobSource of(RepositoryName repository, Digest digest) {
    return new BlobOrigin(upstream, repository, digest, declared, shared, cluster, largest);
  }

  /** The threads of a fetch for a requester. */
  TransferThreads threads(RepositoryName repository, Digest digest, Requester requester) {
    return !requester.isPeer() && isElsewhere(repository, digest) ? peerThreads : threads;
  }

  /** Whether another cache of the cluster fetches a blob. */
  boolean isElsewhere(RepositoryName repository, Digest digest) {
    return cluster.isPresent() && cluster.get().isElsewhere(Target.blob(repository, digest));
  }

  /** Why a fetch would fail now, without asking any source. Empty if one can be asked. */
  Optional<UpstreamException> refusal(RepositoryName repository, Digest digest) {
    return shared.isPresent() && !shared.get().isFailing()
        ? Optional.empty()
        : upstream.refusal(Target.blob(repository, digest));
  }

  /** Counts a request for a blob that is not stored here: what is wanted often is kept. */
  void requested(Digest digest, Requester requester) {
    if (cluster.isEmpty() || requester.isPeer()) {
      return;
    }
    cluster.get().asked(digest);
    if (requester.requestsAll()) {
      // It is brought here on purpose, so keep it.
      cluster.get().asked(digest);
    }
  }
}
